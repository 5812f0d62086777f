//! [`When`]: what time is to stop at, by itself.

use crate::pods::for_each_pod;
use crate::subject::Subject;
use podscope_engine::view::{PodState, PodView, Text, View};
use podscope_schema::sorted::SortedMap;
use std::rc::Rc;

/// When to pause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    /// A pod that was Ready is so no more.
    pub unready: bool,
    /// A pod fails, or a node does not answer.
    pub fails: bool,
    /// This workload comes to have fewer Ready pods than that.
    pub fewer: Option<(Subject, usize)>,
}

impl When {
    /// Whether there is anything to stop at.
    pub const fn is_set(&self) -> bool {
        self.unready || self.fails || self.fewer.is_some()
    }

    /// What there is to stop at between two views that follow each other, in words.
    pub fn reached(&self, before: &View, after: &View) -> Option<String> {
        let mut known: Vec<Rc<PodView>> = Vec::new();
        let mut index: SortedMap<Text, usize> = SortedMap::default();
        for_each_pod(before, |pod, _| {
            index.insert(pod.uid.clone(), known.len());
            known.push(pod.clone());
        });
        let mut there = vec![false; known.len()];
        let mut said = None;
        for_each_pod(after, |pod, _| {
            let at = index.get(&pod.uid).copied();
            if let Some(there) = at.and_then(|at| there.get_mut(at)) {
                *there = true;
            }
            let was = at.map(|at| known[at].state);
            let left = self.unready && was == Some(PodState::Ready) && pod.state != PodState::Ready;
            let failed = self.fails && has_failed(pod.state) && !was.is_some_and(has_failed);
            if said.is_none() && (left || failed) {
                said = Some(pod.spoken());
            }
        });
        // One that was deleted by force was not seen on its way.
        let mut both = known.iter().zip(there);
        let gone = both.find(|(pod, there)| self.unready && !there && pod.state == PodState::Ready);
        let down = || {
            let answers = |name: &Text| before.nodes.iter().any(|node| node.name == *name && node.ready);
            after.nodes.iter().find(|node| self.fails && !node.ready && answers(&node.name))
        };
        said.or_else(|| gone.map(|(pod, _)| [&*pod.name, " is gone"].concat()))
            .or_else(|| down().map(|node| [&*node.name, " does not answer"].concat()))
            .or_else(|| self.short(before, after))
    }

    fn short(&self, before: &View, after: &View) -> Option<String> {
        let (subject, least) = self.fewer.as_ref()?;
        let ready = |view: &View| {
            let mut all = view.workloads.iter();
            all.find(|w| subject.is(&w.kind, &w.namespace, &w.name)).map_or(0, |w| w.ready)
        };
        let now = ready(after);
        let words = || format!("{} has {now} Ready, fewer than {least}", subject.name);
        (now < *least && ready(before) >= *least).then(words)
    }
}

const fn has_failed(state: PodState) -> bool {
    matches!(state, PodState::Failed | PodState::CrashLoop | PodState::ImagePull | PodState::Unknown)
}

#[cfg(test)]
mod tests {
    use super::When;
    use crate::subject::Subject;
    use podscope_engine::view::{Body, Group, NodeView, PodState, PodView, View, WorkloadView};
    use std::rc::Rc;

    fn view(states: &[PodState], node_ready: bool) -> View {
        let pod = |(n, state): (usize, &PodState)| {
            let (uid, name) = (n.to_string().as_str().into(), format!("web-{n}").as_str().into());
            Rc::new(PodView { uid, name, state: *state, ..PodView::default() })
        };
        let pods: Vec<_> = states.iter().enumerate().map(pod).collect();
        let workload = WorkloadView {
            kind: "Deployment".into(),
            name: "web".into(),
            namespace: "default".into(),
            desired: 2,
            ready: states.iter().filter(|s| **s == PodState::Ready).count(),
            strategy: "".into(),
            containers: Vec::new(),
            waits: None,
            body: Body::Groups(vec![Group {
                name: "web-1".into(),
                image: "".into(),
                revision: 1,
                is_new: true,
                desired: 2,
                pods,
            }]),
        };
        let node = NodeView { name: "node-a".into(), ready: node_ready, ..NodeView::default() };
        View { workloads: vec![Rc::new(workload)], nodes: vec![Rc::new(node)], ..View::default() }
    }

    #[test]
    fn time_stops_where_something_comes_to_be_so_and_nowhere_else() {
        use PodState::{CrashLoop, Creating, NotReady, Ready, Terminating};
        let web = |least| Some((Subject::new("Deployment", &"default".into(), &"web".into()), least));
        let unready = When { unready: true, ..When::default() };
        let fails = When { fails: true, ..When::default() };
        let fewer = |least| When { fewer: web(least), ..When::default() };
        // What is watched, before, after (and whether the node answers then), what is said.
        type Row<'a> = (When, &'a [PodState], &'a [PodState], bool, Option<&'a str>);
        let rows: &[Row<'_>] = &[
            (When::default(), &[Ready], &[CrashLoop], false, None),
            (unready.clone(), &[Ready, Ready], &[Ready, NotReady], true, Some("web-1, Running, not Ready")),
            (unready.clone(), &[Ready, Ready], &[Terminating, Ready], true, Some("web-0, Terminating")),
            (unready.clone(), &[Ready, Ready], &[Ready], true, Some("web-1 is gone")),
            (unready.clone(), &[Creating, NotReady], &[NotReady, NotReady], true, None),
            (unready, &[NotReady], &[CrashLoop], true, None),
            (fails.clone(), &[NotReady], &[CrashLoop], true, Some("web-0, CrashLoopBackOff")),
            (fails.clone(), &[CrashLoop], &[CrashLoop], true, None),
            (fails.clone(), &[Ready], &[Terminating], true, None),
            (fails, &[Ready], &[Ready], false, Some("node-a does not answer")),
            (fewer(2), &[Ready, Ready], &[Ready, NotReady], true, Some("web has 1 Ready, fewer than 2")),
            (fewer(2), &[Ready, Creating], &[Creating, Creating], true, None),
            (fewer(1), &[Ready, Ready], &[Ready, NotReady], true, None),
        ];
        for (at, (when, before, after, answers, said)) in rows.iter().enumerate() {
            let found = when.reached(&view(before, true), &view(after, *answers));
            assert_eq!(found.as_deref(), *said, "row {at}");
        }
    }
}
