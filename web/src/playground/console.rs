//! [`Console`]: kubectl and the answers to *why*, in a module of their own, beside a cluster that does what this page's
//! does.

use super::larger;
use super::share::Then;
use super::why::Answer;
use crate::session::Session;
use crate::subject::Subject;
use podscope_engine::api::input::{Input, Inputs};
use podscope_engine::time::SimTime;
use podscope_schema::Value;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use yew::Callback;

#[wasm_bindgen]
extern "C" {
    /// `crates/console`
    #[derive(Clone)]
    type Remote;
    #[wasm_bindgen(method)]
    fn begin(this: &Remote, seed: f64);
    #[wasm_bindgen(method)]
    fn follow(this: &Remote, inputs: &str, at: f64, after: f64) -> String;
    #[wasm_bindgen(method)]
    fn near(this: &Remote, known: u32, had: u32, at: f64, after: f64) -> u32;
    #[wasm_bindgen(method)]
    fn explain(this: &Remote, kind: &str, namespace: &str, name: &str) -> String;
    #[wasm_bindgen(method)]
    fn database(this: &Remote, kind: &str, namespace: &str, name: &str) -> String;
    #[wasm_bindgen(method)]
    fn start(this: &Remote, id: u32, line: &str, stdin: &str, file: &str, text: &str) -> String;
    #[wasm_bindgen(method)]
    fn poll(this: &Remote, id: u32) -> String;
    #[wasm_bindgen(method)]
    fn edited(this: &Remote, id: u32, text: &str) -> String;
    #[wasm_bindgen(method)]
    fn stop(this: &Remote, id: u32);
    #[wasm_bindgen(method)]
    fn complete(this: &Remote, line: &str, cursor: usize) -> String;

    /// `static/console.js`
    #[wasm_bindgen(js_name = podscopeConsole, catch)]
    fn load_console() -> Result<js_sys::Promise, JsValue>;
}

/// What a command printed since it was last asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poll {
    /// New standard output, and new standard error.
    pub printed: [String; 2],
    /// The exit code, once the command is done.
    pub exit: Option<i32>,
    /// A text that it wants edited.
    pub edit: Option<String>,
    /// When to ask again even if nothing changes.
    pub wake: Option<SimTime>,
}

/// A word that may stand where the caret is.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The whole word.
    pub text: String,
    /// What it is, in a few words.
    pub help: String,
}

/// The other module, once it is there.
pub struct Console {
    remote: Remote,
    /// What was done in the run that it follows, that which is still to come included.
    told: Inputs,
    seed: Option<u64>,
    /// What was in the editor when a command was last started.
    text: String,
}

impl Console {
    /// Loads the module, and gives it to `then`, or the reason why there is none.
    pub fn load(then: Callback<Result<Self, String>>) {
        let promise = match load_console() {
            Ok(promise) => promise,
            Err(why) => return then.emit(Err(words(&why))),
        };
        let done = then.clone();
        let ready = Closure::once(move |remote: JsValue| {
            let remote = remote.unchecked_into();
            done.emit(Ok(Self { remote, told: Inputs::default(), seed: None, text: String::new() }));
        });
        let failed = Closure::once(move |why: JsValue| then.emit(Err(words(&why))));
        let _ = promise.then2(&ready, &failed);
        // One of them is called, once.
        ready.forget();
        failed.forget();
    }

    /// Tells the other cluster what was done here, and where to be.
    pub fn follow(&mut self, session: &Session) {
        let inputs = session.inputs();
        let known = self.told.iter().zip(inputs.iter()).take_while(|(told, input)| Rc::ptr_eq(told, input)).count();
        session.read(|cluster| {
            let cx = &cluster.cx;
            let (had, at, after) = (cx.inputs.len(), cx.now().0 as f64, cx.reconciles() as f64);
            let tell = |from: u32| {
                let new = cx.inputs.iter().skip(from as usize).map(|i| i.to_value());
                self.remote.follow(&Value::array(new).to_json(), at, after)
            };
            let same = self.seed == Some(cx.config.seed)
                && tell(self.remote.near(known as u32, had as u32, at, after)) == format!("{:016x}", cx.trace.digest());
            if !same {
                // Told from the beginning it cannot differ.
                self.remote.begin(cx.config.seed as f64);
                tell(0);
            }
            self.seed = Some(cx.config.seed);
        });
        self.told = inputs;
    }

    /// Why an object is as it is.
    pub fn explain(&mut self, session: &Session, subject: &Subject) -> Answer {
        self.follow(session);
        let Subject { kind, namespace, name } = subject;
        Answer::from_json(&self.remote.explain(kind, namespace, name))
    }

    /// The database that an object belongs to, as JSON.
    pub fn database(&mut self, session: &Session, subject: &Subject) -> String {
        self.follow(session);
        let Subject { kind, namespace, name } = subject;
        self.remote.database(kind, namespace, name)
    }

    /// Starts a command. `file` is the name and the text of the only file.
    pub fn start(&mut self, session: &Session, id: u32, line: &str, stdin: &str, file: (&str, &str)) -> Poll {
        self.follow(session);
        file.1.clone_into(&mut self.text);
        let answer = self.remote.start(id, line, stdin, file.0, file.1);
        self.take(session, &answer)
    }

    /// Looks again at a command.
    pub fn poll(&mut self, session: &Session, id: u32) -> Poll {
        self.follow(session);
        let answer = self.remote.poll(id);
        self.take(session, &answer)
    }

    /// Gives a command the text that it wanted edited.
    pub fn edited(&mut self, session: &Session, id: u32, text: &str) -> Poll {
        self.follow(session);
        let answer = self.remote.edited(id, text);
        self.take(session, &answer)
    }

    /// Forgets a command.
    pub fn stop(&self, id: u32) {
        self.remote.stop(id);
    }

    /// What may stand at a byte of a line.
    pub fn complete(&mut self, session: &Session, line: &str, cursor: usize) -> Vec<Candidate> {
        self.follow(session);
        let found = Value::from_json(&self.remote.complete(line, cursor)).unwrap_or_default();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let pairs = found.items().iter().map(Value::items);
        pairs.map(|pair| Candidate { text: text(pair.first()), help: text(pair.get(1)) }).collect()
    }

    /// Does here what the command did there.
    fn take(&mut self, session: &Session, answer: &str) -> Poll {
        let answer = Value::from_json(answer).unwrap_or_default();
        let inputs: Vec<Input> =
            answer.get("inputs").map_or(&[][..], Value::items).iter().filter_map(Input::from_value).collect();
        let larger = answer.get("inputs").is_some_and(|inputs| larger::wanted(&inputs.to_json()))
            && larger::go_on(session, &self.text, &inputs, Then::Nothing);
        if !inputs.is_empty() && !larger {
            session.act(|cluster| {
                for input in &inputs {
                    // Refused there, it is refused here too, and the command has said so.
                    let _ = cluster.cx.perform(&input.what);
                }
            });
            self.told = session.inputs();
        }
        let number = |name| answer.get(name).and_then(Value::as_i64);
        let text = |name| answer.str_at(&[name]).map(str::to_owned);
        Poll {
            printed: ["out", "err"].map(|name| text(name).unwrap_or_default()),
            // No answer is the end.
            exit: if answer.is_null() { Some(1) } else { number("exit").and_then(|n| i32::try_from(n).ok()) },
            edit: text("edit"),
            wake: number("wake").and_then(|n| u64::try_from(n).ok()).map(SimTime),
        }
    }
}

/// What an error of JavaScript says.
fn words(why: &JsValue) -> String {
    let message = why.dyn_ref::<js_sys::Error>().map(|e| String::from(e.message()));
    format!("error: kubectl could not be loaded: {}", message.unwrap_or_else(|| "it is not there".into()))
}
