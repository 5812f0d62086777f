//! `create configmap` and `create secret`.

use super::{finish, meta, name, object};
use crate::flag::Args;
use crate::{Failure, Next, Session};
use podscope_schema::sort::sort;
use podscope_schema::{Value, base64};

/// `--from-literal` and `--from-file`, as keys and texts.
fn data(s: &Session, args: &Args) -> Result<Vec<(String, String)>, Failure> {
    let mut out: Vec<(String, String)> = Vec::new();
    for pair in args.each("from-literal") {
        let (key, value) = pair
            .split_once('=')
            .filter(|(k, _)| !k.is_empty())
            .ok_or_else(|| format!("error: invalid literal source {pair}, expected key=value"))?;
        // Quotes around the whole value are taken off.
        let bare = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
        out.push((key.into(), bare.unwrap_or(value).into()));
    }
    for source in args.each("from-file") {
        let base = source.rsplit('/').next().unwrap_or(source);
        let (key, path) = source.split_once('=').unwrap_or((base, source));
        let text = s.files.read(path).map_err(|e| format!("error: error reading {path}: {e}"))?;
        out.push((key.into(), text));
    }
    sort(&mut out);
    if let Some(pair) = out.windows(2).find(|w| w[0].0 == w[1].0) {
        return Err(format!("error: cannot add key {:?}, another key by that name already exists in Data", pair[0].0));
    }
    Ok(out)
}

/// `create configmap NAME --from-literal=KEY=VALUE… --from-file=[KEY=]FILE…`
pub fn configmap(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create configmap")?;
    let data = data(s, args)?;
    let mut value = object([("apiVersion", "v1".into())]);
    let map = value.make_map();
    if !data.is_empty() {
        map.insert("data", Value::object(data.into_iter().map(|(k, v)| (k, Value::from(v)))));
    }
    map.insert("kind", "ConfigMap");
    map.insert("metadata", meta(args, name, None));
    finish(s, args, value, "created", Some("failed to create configmap: "))
}

/// `create secret generic NAME --from-literal=KEY=VALUE…`
pub fn secret(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, _) = name(args, "create secret generic")?;
    let data = data(s, args)?;
    let mut value = object([("apiVersion", "v1".into())]);
    let map = value.make_map();
    if !data.is_empty() {
        let coded = data.into_iter().map(|(k, v)| (k, Value::from(base64::encode(v.as_bytes()))));
        map.insert("data", Value::object(coded));
    }
    map.insert("kind", "Secret");
    map.insert("metadata", meta(args, name, None));
    if let Some(kind) = args.given("type") {
        map.insert("type", kind);
    }
    finish(s, args, value, "created", Some("failed to create secret "))
}
