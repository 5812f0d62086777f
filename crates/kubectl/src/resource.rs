//! Resource arguments: `deployment/web`, `pods -l app=web`, `sts db`, `deploy,sts`.

use crate::flag::Args;
use crate::selector;
use crate::{Failure, Session};
use podscope_engine::api::ApiError;
use podscope_engine::convert;
use podscope_engine::object::{Key, Kind};
use podscope_schema::sort::{sort_by, sort_by_key};
use podscope_schema::{KindInfo, Value, kinds, lookup_resource};
use std::rc::Rc;

/// Namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// An object that arguments name.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its kind.
    pub info: &'static KindInfo,
    /// Its namespace, or empty.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// Where it is stored; none for Events and what is derived from other objects.
    pub key: Option<Key>,
    /// The whole object, as the API shows it.
    pub value: Value,
}

impl Found {
    /// `deployment.apps/web`
    pub fn shown(&self) -> String {
        format!("{}/{}", resource(self.info), self.name)
    }
}

/// `deployment.apps`, `pod`: how kubectl writes a kind in front of a name.
pub fn resource(info: &KindInfo) -> String {
    let one = info.singular();
    if info.group.is_empty() { one } else { format!("{one}.{}", info.group) }
}

/// What arguments named.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The objects, in the order of the arguments, and by name.
    pub found: Vec<Found>,
    /// What could not be found, each in the words for standard error.
    pub errors: Vec<Failure>,
    /// The kinds that were named.
    pub kinds: Vec<&'static KindInfo>,
    /// Whether exactly one object was named, so that it is no list.
    pub single: bool,
    /// Whether names were given.
    pub named: bool,
}

impl Selection {
    /// The errors as one text, or none.
    pub fn failure(&self) -> Option<Failure> {
        (!self.errors.is_empty()).then(|| self.errors.join("\n"))
    }
}

/// What a kind without a name or a selector stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// All of it.
    All,
    /// All of it with `--all`, and an error without.
    Flag,
}

/// What kubectl prints for a refusal of the API server.
pub fn refused(e: &ApiError) -> Failure {
    refused_when("", e)
}

/// As [`refused`], with what was done to which source: `error when creating "STDIN": `.
// upstream: kubectl/pkg/cmd/util checkErr, StandardErrorMessage, AddSourceToErr, MultilineError
pub fn refused_when(doing: &str, e: &ApiError) -> Failure {
    match e.reason {
        "Invalid" => {
            // The message names the kind with its group, kubectl does not.
            let subject = e.message.split_once(" is invalid: ").and_then(|(s, _)| s.split_once(' '));
            let subject = subject.filter(|(kind, _)| !kind.is_empty());
            let what = subject.map_or_else(
                || "The request is invalid".to_owned(),
                |(kind, name)| format!("The {} {name} is invalid", kind.split('.').next().unwrap_or(kind)),
            );
            let mut causes: Vec<String> = Vec::new();
            for (_, message, field) in &e.causes {
                let text = if field.is_empty() { message.clone() } else { format!("{field}: {message}") };
                if !causes.contains(&text) {
                    causes.push(text);
                }
            }
            match causes.len() {
                0 => format!("{what}: {}", e.message),
                1 => format!("{what}: {}", causes.concat()),
                _ => format!("{what}: \n* {}", causes.join("\n* ")),
            }
        }
        "" => format!("Error from server: {doing}{}", e.message),
        reason => format!("Error from server ({reason}): {doing}{}", e.message),
    }
}

/// The kind that a word names.
///
/// # Errors
/// `the server doesn't have a resource type "x"`.
pub fn kind(word: &str) -> Result<&'static KindInfo, Failure> {
    lookup_resource(word).ok_or_else(|| format!("error: the server doesn't have a resource type \"{word}\""))
}

/// The kinds that `pods,svc` or `all` names.
///
/// # Errors
/// As [`kind`].
pub fn kinds_of(list: &str) -> Result<Vec<&'static KindInfo>, Failure> {
    let mut out: Vec<&'static KindInfo> = Vec::new();
    for word in list.split(',') {
        if word.is_empty() {
            continue;
        }
        let these = if word == "all" { category_all() } else { vec![kind(word)?] };
        out.extend(these.into_iter().filter(|k| !out.contains(k)).collect::<Vec<_>>());
    }
    Ok(out)
}

/// What `get all` lists, in the order of the API's discovery: by group, the core group first.
fn category_all() -> Vec<&'static KindInfo> {
    let mut list: Vec<&'static KindInfo> = kinds().iter().filter(|k| k.in_all).collect();
    sort_by_key(&mut list, |k| (k.group, k.plural));
    list
}

const COMBINED: &str = "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";
const NOTHING: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

impl Session<'_> {
    /// The kind of the engine that stands for `info`.
    fn engine_kind(info: &KindInfo) -> Kind {
        Kind::from_name(info.kind).filter(|k| k.api_version() == info.api_version()).unwrap_or(Kind::Other)
    }

    /// Where the object of this kind and name is stored, if it is there.
    pub fn key(&self, info: &KindInfo, namespace: &str, name: &str) -> Option<Key> {
        let kind = Self::engine_kind(info);
        let namespace = if info.namespaced { namespace } else { "" };
        let stored;
        let name = if kind == Kind::Other {
            stored = format!("{}/{}/{name}", info.api_version(), info.kind);
            &*stored
        } else {
            name
        };
        let store = &self.cluster.cx.store;
        store.find(kind, namespace, name).filter(|k| store.object(*k).is_some())
    }

    /// The object that is stored at `key`, as the API shows it.
    pub fn at(&self, key: Key) -> Option<Found> {
        let object = self.cluster.cx.store.object(key)?;
        let value = convert::shown(&self.cluster.cx, key)?;
        let info = podscope_schema::lookup_kind(value.str_at(&["apiVersion"])?, value.str_at(&["kind"])?)?;
        let meta = object.meta();
        Some(Found { info, namespace: Rc::clone(&meta.namespace), name: Rc::clone(&meta.name), key: Some(key), value })
    }

    /// One object by name.
    pub fn object(&self, info: &'static KindInfo, namespace: &str, name: &str) -> Option<Found> {
        match self.key(info, namespace, name) {
            Some(key) => self.at(key),
            None => self.derived(info, Some(namespace)).into_iter().find(|f| *f.name == *name),
        }
    }

    /// All objects of a kind, in one namespace or in all, by namespace and name.
    pub fn list(&self, info: &'static KindInfo, namespace: Option<&str>) -> Vec<Found> {
        let namespace = namespace.filter(|_| info.namespaced);
        let kind = Self::engine_kind(info);
        let store = &self.cluster.cx.store;
        let keys: Vec<Key> = match namespace {
            Some(n) => store.in_namespace(kind, &n.into()).iter().copied().collect(),
            None => store.of_kind(kind).iter().copied().collect(),
        };
        let prefix = format!("{}/{}/", info.api_version(), info.kind);
        let mine = keys.into_iter().filter(|k| kind != Kind::Other || store.name(*k).name.starts_with(&prefix));
        let mut found: Vec<Found> = mine.filter_map(|k| self.at(k)).collect();
        found.extend(self.derived(info, namespace));
        sort_by(&mut found, |a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        found
    }

    /// Objects that are not stored as such: Events, the namespaces that every cluster has, Endpoints.
    fn derived(&self, info: &'static KindInfo, namespace: Option<&str>) -> Vec<Found> {
        let values = match (info.group, info.kind) {
            ("", "Event") => convert::events(&self.cluster.cx),
            ("", "Endpoints") => crate::derived::endpoints(self, namespace),
            ("", "Namespace") => {
                let missing = NAMESPACES.iter().filter(|n| self.key(info, "", n).is_none());
                missing.map(|n| crate::derived::namespace(self, n)).collect()
            }
            _ => return Vec::new(),
        };
        let text = |v: &Value, key: &str| v.str_at(&["metadata", key]).unwrap_or_default().into();
        let found = values.into_iter().map(|value| Found {
            info,
            namespace: text(&value, "namespace"),
            name: text(&value, "name"),
            key: None,
            value,
        });
        found.filter(|f| !info.namespaced || namespace.is_none_or(|n| *f.namespace == *n)).collect()
    }

    /// The objects that words or `-f` name.
    ///
    /// # Errors
    /// As [`Session::select`], and what is wrong with the files.
    pub fn targets(&self, args: &Args, words: &[String], bare: Bare) -> Result<Selection, Failure> {
        if args.files().is_empty() { self.select(words, args, bare) } else { crate::manifest::find(self, args, "") }
    }

    /// The objects that words name, with the flags `--selector`, `--field-selector`, `--all` and `--all-namespaces`.
    ///
    /// # Errors
    /// What is wrong with the words as such. What is not there is in [`Selection::errors`].
    // upstream: cli-runtime/pkg/resource Builder
    pub fn select(&self, words: &[String], args: &Args, bare: Bare) -> Result<Selection, Failure> {
        let error = |text: &str| Err(format!("error: {text}"));
        let Some(first) = words.first() else { return error(NOTHING) };
        let mut out = Selection::default();
        let wanted = args.given("selector").filter(|s| !s.is_empty());
        let fields = args.given("field-selector").filter(|s| !s.is_empty());
        let everywhere = args.on("all-namespaces");
        let mut names: Vec<(&'static KindInfo, &str)> = Vec::new();
        if words.iter().any(|w| w.contains('/')) {
            for word in words {
                let Some((kinds, name)) = word.split_once('/') else { return error(COMBINED) };
                if kinds.is_empty() || name.is_empty() || name.contains('/') || kinds.contains(',') {
                    return error("arguments in resource/name form must have a single resource and name");
                }
                names.push((kind(kinds)?, name));
            }
            out.kinds = names.iter().map(|n| n.0).collect();
            out.kinds.dedup();
        } else {
            out.kinds = kinds_of(first)?;
            names = out.kinds.iter().flat_map(|k| words[1..].iter().map(|n| (*k, n.as_str()))).collect();
        }
        if !names.is_empty() {
            if wanted.is_some() || fields.is_some() || args.on("all") {
                return error(if words[0].contains('/') {
                    "selectors and the all flag cannot be used when passing resource/name arguments"
                } else {
                    "name cannot be provided when a selector is specified"
                });
            }
            if everywhere {
                return error("a resource cannot be retrieved by name across all namespaces");
            }
            out.named = true;
            out.single = names.len() == 1;
            for (info, name) in names {
                match self.object(info, &self.namespace, name) {
                    Some(found) => out.found.push(found),
                    None => out
                        .errors
                        .push(format!("Error from server (NotFound): {} \"{name}\" not found", info.group_resource())),
                }
            }
            return Ok(out);
        }
        if bare == Bare::Flag && wanted.is_none() && fields.is_none() && !args.on("all") {
            return error("resource(s) were provided, but no name was specified");
        }
        if args.on("all") && wanted.is_some() {
            return error("setting 'all' parameter but found a non empty selector. ");
        }
        let namespace = (!everywhere).then_some(&*self.namespace);
        for info in out.kinds.clone() {
            let unable = |why: &str| {
                format!(
                    "Error from server (BadRequest): Unable to find \"{}/{}, Resource={}\" that match label selector \"{}\", field selector \"{}\": {why}",
                    info.group,
                    info.version,
                    info.plural,
                    wanted.unwrap_or_default(),
                    fields.unwrap_or_default()
                )
            };
            let chosen = selector::labels(wanted.unwrap_or_default()).map_err(|e| unable(&e))?;
            let terms = selector::fields(fields.unwrap_or_default()).map_err(|e| unable(&e))?;
            if let Some(field) = selector::unsupported(info, &terms) {
                return Err(unable(&format!("field label not supported: {field}")));
            }
            let fits = |f: &Found| {
                (chosen.is_empty() || chosen.matches(&selector::labels_of(&f.value)))
                    && selector::has_fields(info, &terms, &f.value)
            };
            out.found.extend(self.list(info, namespace).into_iter().filter(fits));
        }
        Ok(out)
    }
}
