//! A lesson on a console's cluster: its parts, and what is seen of what it expects.

use podscope_console::Host;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config};
use podscope_schema::Value;

const LESSON: &str = "# T

S.

## One

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: nginx}]}}
```

```expect
ready db = 2
once pod db-0 Creating
output contains created
```

## Two

```predict
What?
- [ ] a
- [x] b
Because.
```

```kubectl
kubectl delete pod db-1
kubectl cordon {node.db-1}
```

```expect
within 3m
pod db-1 new
where db-0 {node.db-0}
never ready db = 0
```
";

/// Has a host do what a cluster did.
fn follow(host: &mut Host, page: &Cluster) {
    let had = host.near(page.cx.inputs.len(), page.cx.inputs.len(), page.now(), page.cx.reconciles());
    let inputs = Value::array(page.cx.inputs.iter().skip(had).map(|i| i.to_value()));
    assert_eq!(host.follow(&inputs, page.now(), page.cx.reconciles()), page.cx.trace.digest());
}

fn pass(page: &mut Cluster, seconds: u64) {
    let until = page.now() + std::time::Duration::from_secs(seconds);
    while !page.advance_to(until, 100) {}
}

fn kinds(chapter: &Value) -> Vec<&str> {
    chapter.get("parts").map_or(&[][..], Value::items).iter().filter_map(|p| p.str_at(&["kind"])).collect()
}

#[test]
fn what_was_so_only_for_a_moment_is_seen_however_seldom_one_looks() {
    let (mut page, mut host) = (Cluster::new(Config::default()), Host::default());
    let contents = host.lesson(LESSON);
    assert_eq!(contents.str_at(&["title"]), Some("T"));
    assert_eq!(contents.get("chapters").map(Value::items).map(<[_]>::len), Some(2));

    follow(&mut host, &page);
    let chapter = host.chapter(0);
    assert_eq!(kinds(&chapter), ["yaml", "expect"]);
    let yaml = LESSON.split("```").nth(1).and_then(|f| f.strip_prefix("yaml\n")).expect("the first fence");
    assert_eq!(host.ended(), Some(u32::MAX));
    let answer = host.start(0, "apply -f -", yaml, ("", ""));
    assert_eq!((answer.get("exit").and_then(Value::as_i64), host.ended()), (Some(0), Some(0)));
    for input in answer.get("inputs").map_or(&[][..], Value::items) {
        let input = podscope_engine::api::input::Input::from_value(input).expect("the host wrote it");
        page.cx.perform(&input.what).expect("the host did it, too");
    }
    assert_eq!(host.look(1).to_json(), "[false,false,true]");
    // A minute is looked at in one go.
    pass(&mut page, 60);
    follow(&mut host, &page);
    assert_eq!(host.look(1).to_json(), "[true,true,true]");

    let chapter = host.chapter(1);
    assert_eq!(kinds(&chapter), ["predict", "kubectl", "expect"]);
    let told = chapter.to_json();
    assert!(told.contains("kubectl cordon node-"), "{told}");
    assert!(
        told.contains("db-1: another pod of that name") && told.contains("never: no pods of db are Ready"),
        "{told}"
    );
    assert!(told.contains("\"limit\":180000000"), "{told}");
    assert_eq!(host.look(2).to_json(), "[false,true,true]");
    page.delete_pod("default", "db-1").expect("it is there");
    pass(&mut page, 60);
    follow(&mut host, &page);
    assert_eq!(host.look(2).to_json(), "[true,true,true]");
    assert_eq!(host.look(0), Value::Null, "it expects nothing");
    assert_eq!(host.chapter(2), Value::Null);
    assert_eq!(page.now(), SimTime::from_millis(120_000));
}

#[test]
fn what_is_no_lesson_says_what_is_wrong() {
    let wrong = Host::default().lesson("# T\n\nS.\n\n## C\n\n```sh\nls\n```\n");
    assert!(wrong.str_at(&["wrong"]).is_some_and(|w| w.contains("line 7")), "{wrong:?}");
    assert_eq!(Host::default().look(0), Value::Null);
}
