//! The JavaScript API of an embed: a translation layer and nothing else. What is more than a number or a name goes
//! through as JSON, which the browser reads faster than fields are copied one by one, and with less code.

#![deny(clippy::unwrap_used, clippy::expect_used)]

mod told;

use podscope_engine::api::{apply, input::Input};
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use podscope_web::session::{Session, Subscription, Topic};
use podscope_web::subject::Subject;
use podscope_web::{Controls, EmbedHandle, EmbedOptions, mount_embed};
use wasm_bindgen::prelude::*;
use yew::Callback;

/// Microseconds in a second.
const SECOND: f64 = 1e6;

/// A mounted stage with its play bar.
#[wasm_bindgen]
pub struct Player {
    embed: Option<EmbedHandle>,
    told: Vec<Subscription>,
}

impl Player {
    fn session<T: Default>(&self, with: impl FnOnce(&Session) -> T) -> T {
        self.embed.as_ref().map(|e| with(e.session())).unwrap_or_default()
    }
}

#[wasm_bindgen]
impl Player {
    /// Makes a stage, to be put on the page by [`Player::root`], and applies `yaml`. `controls` is 0 for none, 1 for
    /// those of time, 2 for all. `focus` is a kind and a name with a slash between them, or empty. `tell` is called
    /// with `view`, `time` or `pace` when that changed, and with `why` and a kind, a namespace and a name.
    #[wasm_bindgen(constructor)]
    pub fn new(yaml: &str, speed: f64, seed: f64, controls: u8, focus: &str, tell: js_sys::Function) -> Self {
        let on_why = {
            let tell = tell.clone();
            Callback::from(move |s: Subject| {
                let [kind, namespace, name] = [&s.kind, &s.namespace, &s.name].map(|t| JsValue::from_str(t));
                let words = js_sys::Array::of4(&"why".into(), &kind, &namespace, &name);
                _ = tell.apply(&JsValue::UNDEFINED, &words);
            })
        };
        let options = EmbedOptions {
            speed,
            seed: seed as u64,
            controls: match controls {
                0 => Controls::None,
                1 => Controls::Time,
                _ => Controls::All,
            },
            focus: focus.split_once('/').map(|(kind, name)| Subject::new(kind, &"default".into(), &name.into())),
            on_why: Some(on_why),
        };
        let Some(embed) = mount_embed(yaml, options) else { return Self { embed: None, told: Vec::new() } };
        let topics = [(Topic::View, "view"), (Topic::Clock, "time"), (Topic::Pace, "pace")];
        let told = topics.map(|(topic, name)| {
            let tell = tell.clone();
            let name = JsValue::from_str(name);
            // What a page's listener throws is the page's.
            embed.session().subscribe(topic, Callback::from(move |()| _ = tell.call1(&JsValue::UNDEFINED, &name)))
        });
        Self { embed: Some(embed), told: told.into() }
    }

    /// The element that it is shown in.
    pub fn root(&self) -> Option<web_sys::Element> {
        self.embed.as_ref().map(|e| e.root().clone())
    }

    /// Takes the stage off the page and frees what it held.
    pub fn destroy(&mut self) {
        self.told.clear();
        if let Some(embed) = self.embed.take() {
            embed.destroy();
        }
    }

    /// Lets time run.
    pub fn play(&self) {
        self.session(Session::play);
    }

    /// Stops time.
    pub fn pause(&self) {
        self.session(Session::pause);
    }

    /// Whether time runs.
    pub fn playing(&self) -> bool {
        self.session(Session::playing)
    }

    /// Stops time, and runs to and through the next event.
    pub fn step(&self) {
        self.session(Session::step);
    }

    /// Begins again.
    pub fn reset(&self) {
        self.session(Session::reset);
    }

    /// Simulated seconds a second.
    pub fn set_speed(&self, speed: f64) {
        self.session(|s| s.set_speed(speed));
    }

    /// The present instant, in seconds.
    pub fn now(&self) -> f64 {
        self.session(|s| s.now().0 as f64 / SECOND)
    }

    /// Runs to an instant that is to come, at most so much of what is due; says whether it got there.
    pub fn advance(&self, to: f64, most: u32) -> bool {
        let to = SimTime((to.max(0.0) * SECOND) as u64);
        self.session(|s| s.advance(to, most as usize))
    }

    /// Goes back to an instant.
    pub fn seek(&self, to: f64) {
        self.session(|s| s.seek(SimTime((to.max(0.0) * SECOND) as u64)));
    }

    /// Applies manifests: `{applied: […]}` or `{errors: […]}`.
    pub fn apply(&self, yaml: &str) -> String {
        self.session(|s| apply::told(s.act(|c| c.apply(yaml))).to_json())
    }

    /// What is wrong with the manifest that it began with: as [`Player::apply`] says it, or nothing.
    pub fn wrong(&self) -> Option<String> {
        let wrong = self.embed.as_ref()?.wrong();
        (!wrong.is_empty()).then(|| apply::told_refusal(wrong).to_json())
    }

    /// Begins again with other manifests.
    pub fn restart(&self, yaml: &str) {
        self.session(|s| s.restart(yaml));
    }

    /// Sets the replicas of a workload. Gives what refuses it, as JSON.
    pub fn scale(&self, kind: &str, namespace: &str, name: &str, replicas: i32) -> Option<String> {
        self.session(|s| s.act(|c| c.scale(kind, namespace, name, replicas.into())).err().map(|e| told::error(&e)))
    }

    /// After how much of what was due it is now.
    pub fn after(&self) -> f64 {
        self.session(|s| s.read(|c| c.cx.reconciles() as f64))
    }

    /// Asks the cluster what [`Player::inputs`] gave as `what`. What refuses it has told whoever asked first.
    pub fn perform(&self, what: &str) {
        let what = Value::from_json(what).unwrap_or_default();
        self.session(|s| _ = s.act(|c| c.cx.perform(&what)));
    }

    /// Begins again with what [`Player::inputs`] gave, which is done when its time comes.
    pub fn take(&self, inputs: &str) {
        let inputs = Value::from_json(inputs).unwrap_or_default();
        self.session(|s| s.take(inputs.items().iter().filter_map(Input::from_value).collect()));
    }

    /// What was asked of the cluster, from the `from`th request on.
    pub fn inputs(&self, from: u32) -> String {
        self.session(|s| s.read(|c| told::inputs(c, from as usize)))
    }
}
