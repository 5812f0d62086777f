//! A console's cluster does what the page's did, and the page's what the console's commands ask for.

use podscope_console::Host;
use podscope_engine::api::input::Input;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, Run};
use podscope_schema::Value;

const EXAMPLE: &str = include_str!("../../../static/example.yaml");

/// The page's side: what it tells the console, and what it does with the answers.
struct Page {
    run: Run,
    host: Host,
    told: usize,
    output: String,
}

impl Page {
    fn new() -> Self {
        let mut run = Run::new(Cluster::new(Config::default()));
        run.act(|cluster| cluster.apply(EXAMPLE)).expect("the example is valid");
        Self { run, host: Host::default(), told: 0, output: String::new() }
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.run.cluster().now() + std::time::Duration::from_secs(seconds);
        while !self.run.advance_to(until, 3) {}
    }

    fn follow(&mut self) {
        let cx = &self.run.cluster().cx;
        let inputs = Value::array(cx.inputs.iter().skip(self.told).map(|i| i.to_value()));
        self.told = cx.inputs.len();
        let digest = self.host.follow(&inputs, cx.now(), cx.reconciles());
        assert_eq!(digest, cx.trace.digest(), "both did the same");
    }

    fn take(&mut self, answer: &Value) -> Option<i64> {
        self.output.push_str(answer.str_at(&["out"]).unwrap_or_default());
        self.output.push_str(answer.str_at(&["err"]).unwrap_or_default());
        let inputs = answer.get("inputs").map(Value::items).unwrap_or_default();
        for input in inputs.iter().filter_map(Input::from_value) {
            self.run.act(|cluster| cluster.cx.perform(&input.what)).expect("the console did it too");
        }
        self.told += inputs.len();
        answer.get("exit").and_then(Value::as_i64)
    }

    fn kubectl(&mut self, id: u32, line: &str) -> Option<i64> {
        self.follow();
        let answer = self.host.start(id, line, "", ("manifest.yaml", EXAMPLE));
        self.take(&answer)
    }
}

#[test]
fn commands_on_the_consoles_cluster_change_the_pages() {
    let mut page = Page::new();
    page.pass(30);
    assert_eq!(page.kubectl(1, "kubectl scale deploy web --replicas=5"), Some(0));
    assert_eq!(page.kubectl(2, "kubectl delete pod db-1"), None, "it waits until the pod is gone");
    for _ in 0..100 {
        page.pass(1);
        page.follow();
        let answer = page.host.poll(2, None);
        if page.take(&answer).is_some() {
            break;
        }
    }
    assert_eq!(page.kubectl(3, "kubectl apply -f manifest.yaml"), Some(0));
    assert_eq!(page.kubectl(4, "kubectl set image deploy/web nginx=nginx:1.28"), Some(0));
    page.pass(60);
    assert_eq!(page.kubectl(5, "kubectl get deploy web -o jsonpath={.status.readyReplicas}"), Some(0));
    let lines: Vec<&str> = page.output.lines().collect();
    assert!(lines.contains(&"deployment.apps/web scaled"), "{lines:?}");
    assert!(lines.contains(&"pod \"db-1\" deleted from default namespace"), "{lines:?}");
    assert!(lines.last().is_some_and(|last| last.ends_with('3') || last.ends_with('2')), "{lines:?}");
    assert_eq!(page.run.branches().len(), 1);
}

#[test]
fn a_console_that_comes_late_begins_at_the_beginning() {
    let mut page = Page::new();
    page.pass(20);
    page.run.act(|c| c.scale("StatefulSet", "default", "db", 5)).expect("db is there");
    page.pass(30);
    page.run.seek(SimTime::from_millis(25_000));
    page.follow();
    assert_eq!(page.kubectl(1, "kubectl get sts db -o jsonpath={.spec.replicas}"), Some(0));
    assert_eq!(page.output, "5");
}
