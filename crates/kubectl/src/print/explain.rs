//! `explain`: a kind's fields and their types. The field tree has no descriptions; there is a sentence of our own for the
//! fields that the simulation reads.
// upstream: kubectl/pkg/explain/v2

use crate::flag::Args;
use crate::{Failure, Next, Session};
use podscope_schema::sort::sort_by_key;
use podscope_schema::yaml::PathSeg;
use podscope_schema::{Field, Shape, Type, fields};
use std::fmt::Write as _;

/// `explain KIND[.FIELD…] [--recursive]`
pub fn run(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let [word] = &args.words[..] else {
        let text = if args.words.is_empty() {
            "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources."
        } else {
            "error: We accept only this format: explain RESOURCE"
        };
        return Err(text.to_owned());
    };
    let mut parts = word.split('.');
    let info = crate::resource::kind(parts.next().unwrap_or_default())?;
    let names: Vec<&str> = parts.filter(|p| !p.is_empty()).collect();
    let mut out = String::new();
    if !info.group.is_empty() {
        _ = writeln!(out, "GROUP:      {}", info.group);
    }
    _ = writeln!(out, "KIND:       {}\nVERSION:    {}\n", info.kind, info.version);
    let mut path: Vec<PathSeg> = Vec::new();
    let mut last = None;
    for name in &names {
        let known = fields(info, &path);
        let Some(field) = known.into_iter().find(|f| f.name == *name) else {
            return Err(format!("error: field \"{name}\" does not exist"));
        };
        path.push(PathSeg::Key((*name).to_owned()));
        path.extend(inside(field.ty));
        last = Some(field);
    }
    if let Some(field) = last {
        _ = writeln!(out, "FIELD: {} <{}>", field.name, shown(field.ty));
        let all: Vec<&str> = field.choices().collect();
        if !all.is_empty() {
            _ = write!(out, "ENUM:\n    {}", all.join("\n    "));
        }
        out.push_str("\n\n");
    }
    out.push_str("DESCRIPTION:\n    <empty>\n    \n");
    if !fields(info, &path).is_empty() {
        out.push_str("FIELDS:\n");
        list(info, &path, args.on("recursive"), 1, &mut out);
    }
    s.say(out);
    Ok(None)
}

/// The steps from a list or a map to what is in it, by which it is explained.
fn inside(ty: Type) -> Vec<PathSeg> {
    let mut steps = Vec::new();
    let mut ty = ty;
    loop {
        match ty.shape() {
            Shape::List(inner) => {
                steps.push(PathSeg::Index(0));
                ty = inner;
            }
            Shape::Map(inner) => {
                steps.push(PathSeg::Key(String::new()));
                ty = inner;
            }
            _ => return steps,
        }
    }
}

fn required(field: &Field) -> &'static str {
    if field.required { " -required-" } else { "" }
}

/// How many of the values of a field are shown in a list of fields.
const SHOWN: usize = 4;

fn choices(field: &Field, indent: &str, out: &mut String) {
    let all: Vec<&str> = field.choices().collect();
    if !all.is_empty() {
        let more = if all.len() > SHOWN { ", ...." } else { "" };
        _ = writeln!(out, "{indent}enum: {}{more}", all[..all.len().min(SHOWN)].join(", "));
    }
}

/// The fields of what is at `path`, a level deeper for each `depth`.
fn list(info: &podscope_schema::KindInfo, path: &[PathSeg], recursive: bool, depth: usize, out: &mut String) {
    let mut all = fields(info, path);
    sort_by_key(&mut all, |f| f.name);
    for field in all {
        let indent = "  ".repeat(depth);
        _ = writeln!(out, "{indent}{}\t<{}>{}", field.name, shown(field.ty), required(&field));
        choices(&field, &indent, out);
        if !recursive {
            _ = writeln!(out, "{indent}  <no description>\n");
        } else if depth < 12 {
            let mut deeper = path.to_vec();
            deeper.push(PathSeg::Key(field.name.to_owned()));
            deeper.extend(inside(field.ty));
            list(info, &deeper, true, depth + 1, out);
        }
    }
}

/// A type as explain writes it: `[]Container`, `map[string]string`, `integer`.
fn shown(ty: Type) -> String {
    match ty.shape() {
        Shape::List(inner) => format!("[]{}", shown(inner)),
        Shape::Map(inner) => format!("map[string]{}", shown(inner)),
        Shape::Struct(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        Shape::String | Shape::Bytes | Shape::Time | Shape::MicroTime => "string".into(),
        Shape::Int32 | Shape::Int64 => "integer".into(),
        Shape::Number => "number".into(),
        Shape::Bool => "boolean".into(),
        Shape::Quantity => "Quantity".into(),
        Shape::IntOrString => "IntOrString".into(),
        Shape::Raw => "Object".into(),
    }
}
