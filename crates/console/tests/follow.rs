//! A console's cluster does what the page's did, and the page's what the console's commands ask for.

use podscope_console::Host;
use podscope_engine::api::input::{Input, Inputs};
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, Run};
use podscope_schema::Value;
use std::rc::Rc;

const EXAMPLE: &str = include_str!("../../../static/example.yaml");

/// The page's side: what it tells the console, and what it does with the answers.
struct Page {
    run: Run,
    host: Host,
    told: Inputs,
    output: String,
}

impl Page {
    fn new() -> Self {
        let mut run = Run::new(Cluster::new(Config::default()));
        run.act(|cluster| cluster.apply(EXAMPLE)).expect("the example is valid");
        Self { run, host: Host::default(), told: Inputs::default(), output: String::new() }
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.run.cluster().now() + std::time::Duration::from_secs(seconds);
        while !self.run.advance_to(until, 3) {}
    }

    fn follow(&mut self) {
        let cx = &self.run.cluster().cx;
        let inputs = self.run.inputs();
        let known = self.told.iter().zip(inputs.iter()).take_while(|(told, input)| Rc::ptr_eq(told, input)).count();
        let had = self.host.near(known, cx.inputs.len(), cx.now(), cx.reconciles());
        self.told = Rc::clone(inputs);
        let inputs = Value::array(cx.inputs.iter().skip(had).map(|i| i.to_value()));
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
        self.told = Rc::clone(self.run.inputs());
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

#[test]
fn a_console_follows_through_time_and_from_branch_to_branch() {
    let mut page = Page::new();
    page.pass(20);
    page.follow();
    page.run.act(|c| c.scale("StatefulSet", "default", "db", 5)).expect("db is there");
    page.pass(300);
    page.follow();
    // Each look compares the digests of both traces.
    for seconds in [7, 8, 250, 19, 20, 21, 320, 0, 320] {
        page.run.seek(SimTime::from_millis(seconds * 1000));
        page.follow();
    }
    page.run.seek(SimTime::from_millis(15_000));
    assert_eq!(page.kubectl(1, "kubectl scale sts db --replicas=1"), Some(0));
    page.pass(60);
    page.follow();
    assert_eq!(page.run.branches().len(), 2);
    for (branch, seconds) in [(1, 300), (2, 40), (1, 10), (2, 75)] {
        assert!(page.run.switch(branch));
        page.run.seek(SimTime::from_millis(seconds * 1000));
        page.follow();
    }
    while page.run.step() && page.run.cluster().now() < SimTime::from_millis(80_000) {
        page.follow();
    }
    let why = page.host.explain("Pod", "default", "db-0");
    assert_eq!(why.str_at(&["mood"]), Some("well"), "{}", why.to_json());
    let theirs = page.run.cluster().explain("Pod", "default", "db-0");
    assert_eq!(why.str_at(&["sentence"]), Some(theirs.sentence.as_str()));
    assert_eq!(why.get("chain").map(|chain| chain.items().len()), Some(theirs.chain.len()));
    let gone = page.host.explain("Pod", "default", "db-3");
    assert!(gone.str_at(&["sentence"]).is_some_and(|said| said.contains("db-3")), "{}", gone.to_json());
}
