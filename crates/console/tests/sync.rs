//! What is done on a page's cards is written into its manifest, and nothing else changes there.

use podscope_console::Host;
use podscope_engine::api::input::Input;
use podscope_engine::time::SimTime;
use podscope_engine::{Cluster, Config, Run};
use podscope_schema::Value;

const TEXT: &str = "# The shop.\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3 # three are enough\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      # one\n      - name: nginx\n        image: nginx:1.27 # not the newest\n";

struct Page {
    run: Run,
    host: Host,
    text: String,
}

impl Page {
    fn new() -> Self {
        let mut run = Run::new(Cluster::new(Config::default()));
        run.act(|cluster| cluster.apply(TEXT)).expect("it is valid");
        while !run.advance_to(SimTime::from_millis(20_000), 100) {}
        Self { run, host: Host::default(), text: TEXT.to_owned() }
    }

    /// Does it, and brings the text after it.
    fn act<T, E: std::fmt::Debug>(&mut self, act: impl FnOnce(&mut Cluster) -> Result<T, E>) {
        self.run.act(act).expect("it is done");
        self.sync();
    }

    fn sync(&mut self) {
        self.follow();
        self.text = self.host.sync(&self.text);
    }

    fn follow(&mut self) {
        let cx = &self.run.cluster().cx;
        self.host.begin(cx.config.seed);
        let inputs = Value::array(cx.inputs.iter().map(|i: &std::rc::Rc<Input>| i.to_value()));
        let digest = self.host.follow(&inputs, cx.now(), cx.reconciles());
        assert_eq!(digest, cx.trace.digest());
    }
}

#[test]
fn what_is_done_is_written_and_taken_back() {
    let mut page = Page::new();
    page.act(|c| c.scale("Deployment", "default", "web", 5));
    let scaled = TEXT.replace("replicas: 3", "replicas: 5");
    assert_eq!(page.text, scaled);
    page.act(|c| c.set_image("Deployment", "default", "web", "nginx", "nginx:1.28"));
    let newer = scaled.replace("nginx:1.27", "nginx:1.28");
    assert_eq!(page.text, newer);
    page.act(|c| c.apply(&TEXT.replace("replicas: 3", "minReadySeconds: 5\n  replicas: 5").replace(":1.27", ":1.28")));
    assert_eq!(page.text, newer.replace("1.28 # not the newest\n", "1.28 # not the newest\n  minReadySeconds: 5\n"));
    for expected in [&newer, &scaled, &TEXT.to_owned()] {
        let keep = page.run.cluster().cx.inputs.len() - 1;
        assert_eq!(page.run.undo(keep).len(), 1);
        page.sync();
        assert_eq!(page.text, *expected);
    }
}

#[test]
fn what_is_being_written_stays() {
    let mut page = Page::new();
    page.sync();
    page.text = TEXT.replace("  template:", "  paused: true # soon\n  template:");
    let draft = page.text.clone();
    page.act(|c| c.scale("Deployment", "default", "web", 1));
    assert_eq!(page.text, draft.replace("replicas: 3", "replicas: 1"));
    assert_eq!(page.host.running(&page.text), TEXT.replace("replicas: 3", "replicas: 1"));
    page.text = "kind: [".into();
    page.act(|c| c.scale("Deployment", "default", "web", 2));
    assert_eq!(page.text, "kind: [");
}

#[test]
fn what_is_added_is_appended_and_what_is_deleted_goes() {
    let mut page = Page::new();
    page.sync();
    let copy = page.host.copy("Deployment", "default", "web", "web-2");
    assert!(copy.contains("name: web-2") && copy.contains("app: web-2") && !copy.contains("app: web\n"), "{copy}");
    page.act(|c| c.apply(&copy));
    assert_eq!(page.text, [TEXT, "---\n", &copy].concat());
    let keep = page.run.cluster().cx.inputs.len() - 1;
    page.run.undo(keep);
    page.sync();
    assert_eq!(page.text, TEXT);
    page.act(|c| {
        let key = c.find("Deployment", "default", "web").expect("it is there");
        c.cx.delete(key, podscope_engine::api::DeleteOptions::default())
    });
    assert_eq!(page.text, "");
}

#[test]
fn an_autoscalers_replicas_are_its_own() {
    let mut page = Page::new();
    page.sync();
    let autoscaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n  minReplicas: 5\n  maxReplicas: 6\n";
    page.act(|c| c.apply(autoscaler));
    while !page.run.advance_to(SimTime::from_millis(90_000), 100) {}
    page.act(|c| c.set_image("Deployment", "default", "web", "nginx", "nginx:1.28"));
    assert_eq!(page.text, [&TEXT.replace("1.27", "1.28"), "---\n", autoscaler].concat());
}

#[test]
fn a_deletion_that_is_undone_leaves_the_text_as_it_was() {
    let mut page = Page::new();
    page.text = [TEXT, "---\n# a map\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: last}\n"].concat();
    page.run.act(|c| c.apply(&page.text)).expect("it is valid");
    page.sync();
    let whole = page.text.clone();
    page.act(|c| {
        let key = c.find("Deployment", "default", "web").expect("it is there");
        c.cx.delete(key, podscope_engine::api::DeleteOptions::default())
    });
    assert_eq!(page.text, "# a map\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: last}\n");
    let keep = page.run.cluster().cx.inputs.len() - 1;
    page.run.undo(keep);
    page.sync();
    assert_eq!(page.text, whole);
}

#[test]
fn what_was_written_before_the_first_time_stays() {
    let mut page = Page::new();
    // Nobody applied this yet, and one object has another name now.
    page.text = TEXT.replace("  template:", "  minReadySeconds: 9 # soon\n  template:");
    let draft = page.text.clone();
    page.act(|c| c.scale("Deployment", "default", "web", 1));
    assert_eq!(page.text, draft.replace("replicas: 3", "replicas: 1"));
    let mut page = Page::new();
    page.text = TEXT.replace("{name: web}", "{name: other}");
    let draft = page.text.clone();
    page.act(|c| c.scale("Deployment", "default", "web", 1));
    assert_eq!(page.text, draft);
}

#[test]
fn a_text_that_says_it_already_stays_as_it_is() {
    let mut page = Page::new();
    page.sync();
    // A second container, and a strategy: what the API server adds to them is not written.
    let strategy = "  strategy: # two more\n    rollingUpdate: {maxSurge: 2} # yes\n  template:";
    page.text = TEXT.replace("  template:", strategy) + "      - name: more # a second\n        image: busybox\n";
    let text = page.text.clone();
    page.act(|c| c.apply(&text));
    assert_eq!(page.text, text);
    // And away again, by somebody who applied the first text.
    page.act(|c| c.apply(TEXT));
    assert_eq!(page.text, TEXT.replace("  template:", &strategy.replace("maxSurge: 2", "maxSurge: 25%")));
}
