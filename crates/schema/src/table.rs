//! The kinds and their fields, from one table that `cargo xtask schema` writes from the API's own data.
//!
//! `table.txt` holds first one line a kind (`group/version Kind plural short,names scope root-type`;
//! the scope is `n` or `c`, with an `a` for kinds that `kubectl get all` lists; the root type is left out when it is named
//! as the kind, and `-` when only the metadata is known), then a block a type: its name, and one line
//! a field (`name type`, `!` when required, `*merge-key`, `@list,map,keys`, `=choices`).

use crate::sorted::SortedMap;
use crate::yaml::PathSeg;
use std::sync::OnceLock;

static TEXT: &str = include_str!("table.txt");

/// A kind that the API server serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version, such as `v1`.
    pub version: &'static str,
    /// The kind, such as `Deployment`.
    pub kind: &'static str,
    /// The resource's name in URLs, such as `deployments`.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether `kubectl get all` lists it.
    pub in_all: bool,
    /// The type of its objects; `None` when only the metadata is known.
    pub root: Option<&'static str>,
    short: &'static str,
}

impl KindInfo {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, or `pods` for the core group.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// The name of one, such as `deployment`.
    pub fn singular(&self) -> String {
        self.kind.to_ascii_lowercase()
    }

    /// Short names, such as `deploy`.
    pub fn short_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.short.split(',').filter(|s| *s != "-")
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type(pub(crate) &'static str);

/// What a [`Type`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list of these.
    List(Type),
    /// A map from strings to these.
    Map(Type),
    /// An object with the fields of this type.
    Struct(&'static str),
    /// A string.
    String,
    /// A 32-bit whole number.
    Int32,
    /// A 64-bit whole number.
    Int64,
    /// Any number.
    Number,
    /// A truth value.
    Bool,
    /// An amount, such as `500m` or `1Gi`.
    Quantity,
    /// A whole number or a string, such as a port or a percentage.
    IntOrString,
    /// An instant in RFC 3339.
    Time,
    /// An instant in RFC 3339, with microseconds.
    MicroTime,
    /// Base64.
    Bytes,
    /// Anything.
    Raw,
}

impl Type {
    /// What it is.
    pub fn shape(self) -> Shape {
        match self.0 {
            "s" => Shape::String,
            "i" => Shape::Int32,
            "l" => Shape::Int64,
            "n" => Shape::Number,
            "b" => Shape::Bool,
            "q" => Shape::Quantity,
            "o" => Shape::IntOrString,
            "t" => Shape::Time,
            "u" => Shape::MicroTime,
            "y" => Shape::Bytes,
            "r" | "f" => Shape::Raw,
            code => match (code.as_bytes().first(), code.get(1..)) {
                (Some(b'['), Some(rest)) => Shape::List(Type(rest)),
                (Some(b'{'), Some(rest)) => Shape::Map(Type(rest)),
                (Some(b's'), Some(_)) => Shape::String,
                _ => Shape::Struct(code),
            },
        }
    }

    /// Go's name for it, as the API server's messages have it.
    pub fn go_name(self) -> String {
        match self.shape() {
            Shape::List(inner) => format!("[]{}", inner.go_name()),
            Shape::Map(Type("q")) => "v1.ResourceList".into(),
            Shape::Map(inner) => format!("map[string]{}", inner.go_name()),
            Shape::Struct(name) => qualified(name),
            Shape::String => self.0.strip_prefix("s:").map_or("string".into(), qualified),
            Shape::Int32 => "int32".into(),
            Shape::Int64 => "int64".into(),
            Shape::Number => "float64".into(),
            Shape::Bool => "bool".into(),
            Shape::Quantity => "resource.Quantity".into(),
            Shape::IntOrString => "intstr.IntOrString".into(),
            Shape::Time => "v1.Time".into(),
            Shape::MicroTime => "v1.MicroTime".into(),
            Shape::Bytes => "[]uint8".into(),
            Shape::Raw => "runtime.RawExtension".into(),
        }
    }

    /// A word for people: `string`, `integer`, `quantity`, `list of Container` …
    pub fn describe(self) -> String {
        match self.shape() {
            Shape::List(inner) => format!("list of {}", inner.describe()),
            Shape::Map(inner) => format!("map of {}", inner.describe()),
            Shape::Struct(name) => bare(name).into(),
            Shape::String => "string".into(),
            Shape::Int32 | Shape::Int64 => "integer".into(),
            Shape::Number => "number".into(),
            Shape::Bool => "boolean".into(),
            Shape::Quantity => "quantity".into(),
            Shape::IntOrString => "integer or string".into(),
            Shape::Time | Shape::MicroTime => "time".into(),
            Shape::Bytes => "base64".into(),
            Shape::Raw => "anything".into(),
        }
    }
}

/// The table's name with the Go package that nearly all have left out put back.
fn qualified(name: &str) -> String {
    let name = name.split('~').next().unwrap_or_default();
    if name.contains('.') { name.into() } else { format!("v1.{name}") }
}

/// The name without its package.
pub(crate) fn bare(name: &str) -> &str {
    let name = name.split('~').next().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default()
}

/// A field of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether an object without it is incomplete.
    pub required: bool,
    /// Strategic merge: `Some("name")` merges the list's elements by that key, `Some("")` merges a set
    /// or an object's presence, `None` replaces lists.
    pub merge_key: Option<&'static str>,
    list_keys: &'static str,
    choices: &'static str,
}

impl Field {
    /// The keys that together identify an element of the list; the merge key when there are no others.
    pub fn list_keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        let keys = if self.list_keys.is_empty() { self.merge_key.unwrap_or_default() } else { self.list_keys };
        keys.split(',').filter(|k| !k.is_empty())
    }

    /// The values that the API documents for it, when it is one of a few.
    pub fn choices(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.choices.split(',').filter(|c| !c.is_empty())
    }

    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let (name, code) = (words.next()?, words.next()?);
        let bare = code.strip_suffix('!');
        let mut field = Self {
            name,
            ty: Type(bare.unwrap_or(code)),
            required: bare.is_some(),
            merge_key: None,
            list_keys: "",
            choices: "",
        };
        for word in words {
            match word.split_at(1) {
                ("*", key) => field.merge_key = Some(key),
                ("@", keys) => field.list_keys = keys,
                (_, choices) => field.choices = choices,
            }
        }
        Some(field)
    }
}

struct Table {
    kinds: Vec<KindInfo>,
    /// The lines of fields under each type's name.
    types: SortedMap<&'static str, &'static str>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut blocks = TEXT.split("\n\n");
        let kinds = blocks.next().unwrap_or_default().lines().filter_map(read_kind).collect();
        Table { kinds, types: blocks.filter_map(|block| block.split_once('\n')).collect() }
    })
}

fn read_kind(line: &'static str) -> Option<KindInfo> {
    let mut words = line.split(' ');
    let (api, kind, plural) = (words.next()?, words.next()?, words.next()?);
    let (short, scope, root) = (words.next()?, words.next()?, words.next().unwrap_or(kind));
    let (group, version) = api.split_once('/').unwrap_or(("", api));
    let (namespaced, in_all) = (scope.starts_with('n'), scope.ends_with('a'));
    Some(KindInfo { group, version, kind, plural, namespaced, in_all, root: (root != "-").then_some(root), short })
}

/// All kinds, by group, version and name.
pub fn kinds() -> &'static [KindInfo] {
    &table().kinds
}

/// The kind of an object with this `apiVersion` and `kind`.
pub fn lookup_kind(api_version: &str, kind: &str) -> Option<&'static KindInfo> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    kinds().iter().find(|k| k.kind == kind && k.group == group && k.version == version)
}

/// The kind that kubectl understands by `deployments`, `deployment`, `deploy`, `Deployment`,
/// `deployments.apps` or `deployments.v1.apps`. The core group goes first.
pub fn lookup_resource(name: &str) -> Option<&'static KindInfo> {
    let lower = name.to_ascii_lowercase();
    let (word, qualifier) = lower.split_once('.').map_or((lower.as_str(), None), |(w, q)| (w, Some(q)));
    let fits = |k: &&KindInfo| {
        let named = k.plural == word || k.kind.eq_ignore_ascii_case(word) || k.short_names().any(|s| s == word);
        named
            && qualifier.is_none_or(|q| {
                let versioned = q.split_once('.').is_some_and(|(v, g)| v == k.version && g == k.group);
                q.trim_end_matches('.') == k.group
                    || versioned
                    || (k.group.is_empty() && q.trim_end_matches('.') == k.version)
            })
    };
    let found = || kinds().iter().filter(fits);
    found().find(|k| k.group.is_empty()).or_else(|| found().next())
}

/// The fields of a type, in alphabetical order.
pub fn fields_of(type_name: &str) -> impl Iterator<Item = Field> + use<> {
    table().types.get(type_name).copied().unwrap_or_default().lines().filter_map(Field::read)
}

/// A field of a type.
pub fn field(type_name: &str, name: &str) -> Option<Field> {
    fields_of(type_name).find(|f| f.name == name)
}

/// The merge key of a list field, as strategic merge patches use it.
pub fn merge_key(type_name: &str, name: &str) -> Option<&'static str> {
    field(type_name, name)?.merge_key.filter(|k| !k.is_empty())
}

/// The type of what stands at a path in an object of a kind.
pub fn type_at(kind: &KindInfo, path: &[PathSeg]) -> Option<Type> {
    match (kind.root, path) {
        (Some(root), _) => walk(Type(root), path),
        (None, [PathSeg::Key(key), rest @ ..]) if key == "metadata" => walk(Type("ObjectMeta"), rest),
        (None, _) => None,
    }
}

fn walk(start: Type, path: &[PathSeg]) -> Option<Type> {
    path.iter().try_fold(start, |ty, seg| match (ty.shape(), seg) {
        (Shape::List(inner), PathSeg::Index(_)) => Some(inner),
        (Shape::Map(inner), PathSeg::Key(_)) => Some(inner),
        (Shape::Struct(name), PathSeg::Key(key)) => Some(field(name, key)?.ty),
        _ => None,
    })
}

/// The fields that an object of a kind may have at a path: what an editor offers there. A list's are
/// those of its elements.
pub fn fields(kind: &KindInfo, path: &[PathSeg]) -> Vec<Field> {
    let mut ty = type_at(kind, path);
    while let Some(Shape::List(inner)) = ty.map(Type::shape) {
        ty = Some(inner);
    }
    match ty.map(Type::shape) {
        Some(Shape::Struct(name)) => fields_of(name).collect(),
        _ => Vec::new(),
    }
}
