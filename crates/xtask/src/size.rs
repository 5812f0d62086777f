//! What a page loads: raw, gzip and brotli, beside the floor, against the budgets.

use crate::build;
use crate::shell::{Cmd, root};
use std::path::{Path, PathBuf};

/// Brotli kilobytes (of 1,000 bytes) that an embed may load.
const EMBED_BUDGET: f64 = 300.0;
/// Brotli kilobytes of an embed whose manifest has kinds that are not in the ordinary module (DaemonSets, Jobs, CronJobs,
/// autoscalers, quotas) or annotations for clients and databases: what it is now and a little more, so that growth is noticed.
const MORE_BUDGET: f64 = 400.0;
/// Brotli kilobytes of the module that the playground loads instead once there is one of those kinds: what it is now and
/// a little more.
const LARGER_BUDGET: f64 = 478.0;
/// Brotli kilobytes that the playground may load before anything lazy.
const PAGE_BUDGET: f64 = 450.0;

/// Prints the table; fails over budget.
pub fn main() -> Result<(), String> {
    let over: Vec<String> = measure()?.into_iter().filter(Measured::is_over).map(|m| m.words()).collect();
    if over.is_empty() { Ok(()) } else { Err(over.join("; ")) }
}

/// Brotli kilobytes of one thing that a page loads, and what it may be.
struct Measured {
    name: &'static str,
    total: f64,
    budget: f64,
}

impl Measured {
    fn is_over(&self) -> bool {
        self.total > self.budget
    }

    fn words(&self) -> String {
        format!("{} is over its budget: {:.1} kB of {} kB", self.name, self.total, self.budget)
    }
}

fn measure() -> Result<Vec<Measured>, String> {
    let dist = root().join("dist");
    // A page loads one of the two modules: see `static/podscope.js`.
    let module = |more: bool| {
        let all = files(&dist.join("embed"), &["js", "wasm"]).into_iter();
        let name = if more { "podscope_embed_more" } else { "podscope_embed" };
        let wanted = [format!("{name}.js"), format!("{name}_bg.wasm"), "style.js".into()];
        let mine = all.filter(|f| wanted.iter().any(|w| f.ends_with(w)));
        std::iter::once(dist.join("podscope.js")).chain(mine).collect::<Vec<_>>()
    };
    let page: Vec<_> = files(&dist, &["html", "js", "wasm", "css"])
        .into_iter()
        .filter(|f| {
            !["podscope.js", "cluster.js", "connect.js", "embed.html", "worker.js"]
                .iter()
                .any(|other| f.ends_with(other))
        })
        .collect();
    println!("{:<44} {:>9} {:>9} {:>9}  kB", "", "raw", "gzip", "brotli");
    let total_embed = table("an embed", &module(false))?;
    let total_more = table("an embed with Jobs, autoscalers and the like", &module(true))?;
    let total_page = table("the playground", &page)?;
    let larger = files(&dist.join("more"), &["js", "wasm"]);
    let total_larger = table("its module with Jobs, autoscalers and the like, when there is one", &larger)?;
    table("kubectl, when it is first wanted", &files(&dist.join("console"), &["js", "wasm"]))?;
    table("the floor: a counter in Yew", &files(&build::floor()?, &["js", "wasm"]))?;
    Cmd::new("node").arg(root().join("tests/package/compare.mjs")).run()?;
    let all = [
        ("embed", total_embed, EMBED_BUDGET),
        ("embed with more kinds", total_more, MORE_BUDGET),
        ("playground", total_page, PAGE_BUDGET),
        ("playground's module with more kinds", total_larger, LARGER_BUDGET),
    ];
    let all: Vec<_> = all.into_iter().map(|(name, total, budget)| Measured { name, total, budget }).collect();
    for Measured { name, total, budget } in &all {
        println!("{name}: {total:.1} kB of {budget} kB brotli");
    }
    Ok(all)
}

fn files(folder: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|f| f.path());
    let mut found: Vec<_> = all.filter(|p| p.extension().is_some_and(|e| kinds.iter().any(|k| e == *k))).collect();
    found.sort();
    found
}

/// Prints a row for each file and their sum; gives the brotli sum in kB.
fn table(title: &str, files: &[PathBuf]) -> Result<f64, String> {
    const SCRIPT: &str = "const z=require('zlib'),f=require('fs');for(const p of process.argv.slice(1)){const b=f.readFileSync(p);\
        console.log(b.length,z.gzipSync(b,{level:9}).length,z.brotliCompressSync(b,{params:{[z.constants.BROTLI_PARAM_QUALITY]:11}}).length)}";
    let text = Cmd::new("node").args(["-e", SCRIPT]).args(files).text()?;
    let mut sums = [0.0; 3];
    for (file, line) in files.iter().zip(text.lines()) {
        let numbers: Vec<f64> = line.split(' ').filter_map(|n| n.parse().ok()).map(|n: f64| n / 1000.0).collect();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!("  {name:<42} {:>9.1} {:>9.1} {:>9.1}", numbers[0], numbers[1], numbers[2]);
        for (sum, n) in sums.iter_mut().zip(&numbers) {
            *sum += n;
        }
    }
    println!("{title:<44} {:>9.1} {:>9.1} {:>9.1}", sums[0], sums[1], sums[2]);
    Ok(sums[2])
}
