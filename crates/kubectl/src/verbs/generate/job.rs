//! `create job` and `create cronjob`.

use super::{empty, finish, list, meta, name, object, required};
use crate::flag::Args;
use crate::{Failure, Next, Session};
use podscope_schema::{Map, Value};

fn one_container(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut c = Map::new();
    if !command.is_empty() {
        c.insert("command", Value::array(command.iter().map(|w| Value::from(w.as_str()))));
    }
    c.insert("image", image);
    c.insert("name", name);
    c.insert("resources", empty());
    let spec = object([("containers", list(vec![c.into()])), ("restartPolicy", restart.into())]);
    object([("metadata", empty()), ("spec", spec)])
}

/// `create job NAME --image=IMAGE [-- COMMAND…]` or `--from=cronjob/NAME`
pub fn job(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    let (name, command) = name(args, "create job")?;
    let (image, from) = (args.value("image"), args.value("from"));
    if image.is_empty() == from.is_empty() {
        return Err("error: either --image or --from must be specified".into());
    }
    let mut metadata = meta(args, name, None);
    let spec = if from.is_empty() {
        object([("template", one_container(name, image, command, "Never"))])
    } else {
        if !command.is_empty() {
            return Err("error: cannot specify --from and command".into());
        }
        let selection = s.select(&[from.to_owned()], args, crate::resource::Bare::Flag)?;
        let Some(cron) = selection.found.first() else {
            return Err(selection.failure().unwrap_or_else(|| "error: from must be an existing cronjob".into()));
        };
        if cron.info.kind != "CronJob" {
            return Err(format!("error: unknown object type *v1.{}", cron.info.kind));
        }
        metadata.set_at(&["annotations", "cronjob.kubernetes.io/instantiate"], "manual");
        let owner = object([
            ("apiVersion", "batch/v1".into()),
            ("controller", true.into()),
            ("kind", "CronJob".into()),
            ("name", Value::from(&cron.name)),
            ("uid", cron.value.at(&["metadata", "uid"]).cloned().unwrap_or_default()),
        ]);
        metadata.make_map().insert("ownerReferences", list(vec![owner]));
        cron.value.at(&["spec", "jobTemplate", "spec"]).cloned().unwrap_or_default()
    };
    let value = object([
        ("apiVersion", "batch/v1".into()),
        ("kind", "Job".into()),
        ("metadata", metadata),
        ("spec", spec),
        ("status", empty()),
    ]);
    finish(s, args, value, "created", Some("failed to create job: "))
}

/// `create cronjob NAME --image=IMAGE --schedule=CRON [-- COMMAND…]`
pub fn cronjob(s: &mut Session, args: &Args) -> Result<Next, Failure> {
    required(args, &["image", "schedule"])?;
    let (name, command) = name(args, "create cronjob")?;
    let restart = if args.value("restart").is_empty() { "OnFailure" } else { args.value("restart") };
    let template = one_container(name, args.value("image"), command, restart);
    let job = object([("metadata", object([("name", name.into())])), ("spec", object([("template", template)]))]);
    let value = object([
        ("apiVersion", "batch/v1".into()),
        ("kind", "CronJob".into()),
        ("metadata", meta(args, name, None)),
        ("spec", object([("jobTemplate", job), ("schedule", args.value("schedule").into())])),
        ("status", empty()),
    ]);
    finish(s, args, value, "created", Some("failed to create cronjob: "))
}
