//! The output formats: `json`, `yaml`, `name`, `jsonpath`, `go-template`, `custom-columns`.

use super::get::sorted;
use super::golang::{plain, quote, syntax};
use super::gotemplate::{GoTemplate, as_decoded};
use super::jsonpath::Template;
use super::table::lay_out;
use crate::Failure;
use crate::flag::Args;
use crate::resource::Found;
use podscope_schema::{Map, Value};

/// The formats, as the complaint about another one lists them.
// upstream: kubectl/pkg/cmd/get PrintFlags.AllowedFormats
const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// How objects are printed.
#[derive(Debug)]
pub enum Format {
    /// As a table; with more columns.
    Table(bool),
    /// `-o json`
    Json,
    /// `-o yaml`
    Yaml,
    /// `-o name`
    Name,
    /// `-o jsonpath=…`, as it was written, too; and whether fields must be there.
    Path(Template, String, bool),
    /// `-o jsonpath-as-json=…`
    PathAsJson(Template, String),
    /// `-o go-template=…`, and whether keys must be there.
    Go(GoTemplate, bool),
    /// `-o custom-columns=NAME:path,…`
    Columns(Vec<(String, Template)>),
}

impl Format {
    /// Reads `-o`, and `--template`.
    ///
    /// # Errors
    /// In kubectl's words.
    pub fn of(args: &Args) -> Result<Self, Failure> {
        let asked = args.value("output");
        let (format, rest) = asked.split_once('=').map_or((asked, None), |(f, r)| (f, Some(r)));
        let rest = rest.or_else(|| args.given("template")).map(str::to_owned);
        let needs = |what: &str| rest.clone().filter(|r| !r.is_empty()).ok_or_else(|| format!("error: {what}"));
        let template =
            |text: &str| Template::parse(text).map_err(|e| format!("error: error parsing jsonpath {text}, {e}"));
        match format {
            "" => Ok(Self::Table(false)),
            "wide" => Ok(Self::Table(true)),
            "json" => Ok(Self::Json),
            "yaml" | "kyaml" => Ok(Self::Yaml),
            "name" => Ok(Self::Name),
            "jsonpath" => {
                let text = needs("template format specified but no template given")?;
                Ok(Self::Path(template(&text)?, text, !args.on("allow-missing-template-keys")))
            }
            "jsonpath-as-json" => {
                let text = needs("template format specified but no template given")?;
                Ok(Self::PathAsJson(template(&text)?, text))
            }
            "custom-columns" => {
                Ok(Self::Columns(columns(&needs("custom-columns format specified but no custom columns given")?)?))
            }
            "go-template" | "template" => {
                let text = needs("template format specified but no template given")?;
                let read =
                    GoTemplate::parse(&text).map_err(|e| format!("error: error parsing template {text}, {e}"))?;
                Ok(Self::Go(read, !args.on("allow-missing-template-keys")))
            }
            "custom-columns-file" | "jsonpath-file" | "go-template-file" | "templatefile" => {
                Err(format!("error: the output format \"{format}\" is not simulated"))
            }
            _ => Err(format!(
                "error: unable to match a printer suitable for the output format \"{asked}\", allowed formats are: {FORMATS}"
            )),
        }
    }

    /// Whether it is a table for people.
    pub const fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }
}

/// `NAME:.metadata.name,R:.spec.replicas`
fn columns(text: &str) -> Result<Vec<(String, Template)>, Failure> {
    let mut out = Vec::new();
    for part in text.split(',') {
        let Some((name, path)) = part.split_once(':') else {
            return Err(format!("error: unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"));
        };
        let path = Template::relaxed(path).map_err(|e| format!("error: {e}"))?;
        out.push((name.to_owned(), path));
    }
    Ok(out)
}

/// An object without what kubectl hides.
fn clean(found: &Found, args: &Args) -> Value {
    let mut value = sorted(&found.value);
    if !args.on("show-managed-fields")
        && let Some(Value::Object(_)) = value.get("metadata")
        && value.at(&["metadata", "managedFields"]).is_some()
    {
        let mut meta = value.get("metadata").cloned().unwrap_or_default();
        meta.make_map().remove("managedFields");
        value.set_at(&["metadata"], meta);
    }
    value
}

/// Several objects as one List.
fn list(values: Vec<Value>) -> Value {
    let mut out = Map::new();
    out.insert("apiVersion", "v1");
    out.insert("items", Value::array(values));
    out.insert("kind", "List");
    out.insert("metadata", Value::object([("resourceVersion", Value::from(""))]));
    out.into()
}

/// Prints objects in a format that is no table; `single` says that exactly one was asked for.
///
/// # Errors
/// A template that does not fit; what it made until then is printed.
pub fn print(format: &Format, found: &[Found], single: bool, args: &Args, out: &mut String) -> Result<(), Failure> {
    let whole = || {
        let mut values: Vec<Value> = found.iter().map(|f| clean(f, args)).collect();
        match values.pop() {
            Some(one) if single && values.is_empty() => one,
            last => {
                values.extend(last);
                list(values)
            }
        }
    };
    let text = match format {
        Format::Table(_) => Ok(String::new()),
        Format::Go(template, strict) => {
            let root = whole();
            let (text, failure) = template.text(&root, *strict);
            out.push_str(&text);
            // upstream: GoTemplatePrinter.PrintObj
            failure.map_or(Ok(String::new()), |error| {
                let (raw, decoded) = (html_safe(&root.to_json()), plain(&as_decoded(&root)));
                let written = template.written();
                out.push_str(&format!(
                    "Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate \
                     was:\n\t\t{written}\n\traw data was:\n\t\t{raw}\n\tobject given to template engine was:\n\t\t\
                     {decoded}\n\n"
                )[..]);
                Err(format!("error: error executing template {}: {error}", quote(written)))
            })
        }
        Format::Name => Ok(found.iter().map(|f| f.shown() + "\n").collect()),
        Format::Json => Ok(format!("{}\n", pretty(&whole()))),
        Format::Yaml => Ok(podscope_schema::to_yaml(&whole())),
        Format::Path(template, text, strict) => {
            let root = whole();
            template.text(&root, *strict).map_err(|e| misfit(text, &e, &root))
        }
        Format::PathAsJson(template, text) => {
            let root = whole();
            let found = template.results(&root, false).map_err(|e| misfit(text, &e, &root))?;
            Ok(found.into_iter().map(|values| pretty(&Value::array(values)) + "\n").collect())
        }
        Format::Columns(columns) => {
            let mut lines = Vec::new();
            if !args.on("no-headers") {
                lines.push(columns.iter().map(|(name, _)| name.clone()).collect());
            }
            for one in found {
                let value = clean(one, args);
                let cell = |(_, path): &(String, Template)| {
                    let found = path.results(&value, false).map_err(|e| format!("error: {e}"))?;
                    let texts: Vec<String> = found.iter().flatten().map(plain).collect();
                    Ok(if texts.is_empty() { super::read::NONE.to_owned() } else { texts.join(",") })
                };
                lines.push(columns.iter().map(cell).collect::<Result<Vec<_>, Failure>>()?);
            }
            Ok(lay_out(&lines))
        }
    }?;
    out.push_str(&text);
    Ok(())
}

/// JSON over lines, four blanks a level, as Go prints it.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    html_safe(&out)
}

/// Go keeps the JSON that it prints safe inside of HTML.
pub fn html_safe(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Why a JSONPath template does not fit, with all that there is to know.
// upstream: cli-runtime/pkg/printers JSONPathPrinter.PrintObj
fn misfit(template: &str, error: &str, root: &Value) -> Failure {
    format!(
        "error: error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging \
         the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
        quote(template),
        syntax(root)
    )
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (i, item) in items.iter().enumerate() {
                out.push(if i == 0 { '[' } else { ',' });
                line(depth + 1, out);
                write(item, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            for (i, (key, item)) in map.iter().enumerate() {
                out.push(if i == 0 { '{' } else { ',' });
                line(depth + 1, out);
                out.push_str(&Value::from(&**key).to_json());
                out.push_str(": ");
                write(item, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
        other => out.push_str(&other.to_json()),
    }
}
