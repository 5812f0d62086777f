//! All pods of a view.

use podscope_engine::view::{Body, PodView, View};

/// Calls `f` with every pod, and whether a StatefulSet owns it.
pub fn for_each_pod(view: &View, mut f: impl FnMut(&std::rc::Rc<PodView>, bool)) {
    for workload in &view.workloads {
        match &workload.body {
            Body::Groups(groups) => groups.iter().flat_map(|g| &g.pods).for_each(|pod| f(pod, false)),
            Body::Bays(bays) => bays.iter().filter_map(|b| b.pod.as_ref()).for_each(|pod| f(pod, true)),
        }
    }
    view.bare.iter().for_each(|pod| f(pod, false));
}
