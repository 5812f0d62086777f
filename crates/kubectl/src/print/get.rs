//! `get`.

use crate::flag::Args;
use crate::resource::Bare;
use crate::{Failure, Next, Session};

/// `get KIND [NAME…] [-o …]`
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let selection = s.targets(args, &args.words, Bare::All)?;
    if selection.found.is_empty() && selection.errors.is_empty() {
        let text = format!("No resources found in {} namespace.", s.namespace);
        s.warn(text);
    }
    let output = args.value("output");
    for found in &selection.found {
        if let Some(path) = output.strip_prefix("jsonpath={.").and_then(|p| p.strip_suffix('}')) {
            let at = found.value.at(&path.split('.').collect::<Vec<_>>()).cloned().unwrap_or_default();
            let text = at.as_str().map_or_else(|| sorted(&at).to_json(), str::to_owned);
            s.out.stdout.push_str(&text);
        } else if output == "yaml" {
            let text = podscope_schema::to_yaml(&found.value);
            s.out.stdout.push_str(&text);
        } else {
            s.say(found.shown());
        }
    }
    selection.failure().map_or(Ok(None), Err)
}

/// The same value with all keys sorted, as kubectl prints it.
pub fn sorted(value: &podscope_schema::Value) -> podscope_schema::Value {
    use podscope_schema::{Map, Value};
    match value {
        Value::Array(items) => Value::array(items.iter().map(sorted)),
        Value::Object(map) => {
            let mut map: Map = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            map.sort_keys();
            map.into()
        }
        other => other.clone(),
    }
}
