//! `api-resources` and `api-versions`.
// upstream: kubectl/pkg/cmd/apiresources

use super::table::lay_out;
use crate::flag::Args;
use crate::{Failure, Next, Session};
use podscope_schema::sort::{sort, sort_by_key};
use podscope_schema::{KindInfo, kinds};

/// Groups that the API server serves although none of their kinds is in the table.
const MORE: &[&str] = &[
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "events.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "metrics.k8s.io/v1beta1",
];

/// `api-versions`
pub fn versions(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    alone(args, "api-versions")?;
    let mut all: Vec<String> =
        kinds().iter().map(KindInfo::api_version).chain(MORE.iter().map(|v| (*v).to_owned())).collect();
    sort(&mut all);
    all.dedup();
    s.say(all.join("\n"));
    Ok(None)
}

/// What can be done with objects of a kind.
fn verbs(info: &KindInfo) -> &'static str {
    match info.kind {
        "Binding"
        | "TokenReview"
        | "SubjectAccessReview"
        | "LocalSubjectAccessReview"
        | "SelfSubjectAccessReview"
        | "SelfSubjectRulesReview"
        | "SelfSubjectReview" => "create",
        "ComponentStatus" => "get,list",
        _ => "create,delete,deletecollection,get,list,patch,update,watch",
    }
}

/// What a kind belongs to, to be asked for by one name.
fn category(info: &KindInfo) -> &'static str {
    match info.group {
        _ if info.in_all => "all",
        "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io" => "api-extensions",
        _ => "",
    }
}

/// That there are no words.
fn alone(args: &Args, verb: &str) -> Result<(), Failure> {
    if args.words.is_empty() {
        return Ok(());
    }
    Err(format!(
        "error: unexpected arguments: [{}]\nSee 'kubectl {verb} -h' for help and examples",
        args.words.join(" ")
    ))
}

/// `api-resources [--api-group=G] [--namespaced=false] [--verbs=list] [-o wide|name]`
pub fn resources(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    alone(args, "api-resources")?;
    let output = args.value("output");
    if !matches!(output, "" | "wide" | "name") {
        return Err(format!("error: --output {output} is not available in kubectl api-resources"));
    }
    if !matches!(args.value("sort-by"), "" | "name" | "kind") {
        return Err("error: --sort-by accepts only name or kind".into());
    }
    let (wanted, categories): (Vec<&str>, Vec<&str>) = (args.list("verbs"), args.list("categories"));
    let fits = |info: &&&KindInfo| {
        args.given("api-group").is_none_or(|g| g == info.group)
            && (args.given("namespaced").is_none() || args.on("namespaced") == info.namespaced)
            && wanted.iter().all(|v| verbs(info).split(',').any(|have| have == *v))
            && categories.iter().all(|c| category(info) == *c)
    };
    let mut all: Vec<&KindInfo> = kinds().iter().collect::<Vec<_>>().iter().filter(fits).copied().collect();
    let by_name = args.value("sort-by") == "name";
    let by_kind = args.value("sort-by") == "kind";
    sort_by_key(&mut all, |k| match () {
        () if by_name => (k.plural, "", ""),
        () if by_kind => (k.kind, k.plural, ""),
        () => (k.group, k.plural, k.kind),
    });
    if output == "name" {
        for info in all {
            s.say(info.group_resource());
        }
        return Ok(None);
    }
    let wide = output == "wide";
    let mut lines = Vec::new();
    if !args.on("no-headers") {
        let titles = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS", "CATEGORIES"];
        lines.push(titles[..if wide { 7 } else { 5 }].iter().map(|t| (*t).to_owned()).collect());
    }
    for info in all {
        let mut line = vec![
            info.plural.to_owned(),
            info.short_names().collect::<Vec<_>>().join(","),
            info.api_version(),
            info.namespaced.to_string(),
            info.kind.to_owned(),
        ];
        if wide {
            line.push(verbs(info).to_owned());
            line.push(category(info).to_owned());
        }
        lines.push(line);
    }
    s.out.stdout.push_str(&lay_out(&lines));
    Ok(None)
}
