//! Objects made of flags.

use podscope_engine::{Cluster, Config};
use podscope_kubectl::run;

#[test]
fn flags_make_objects() {
    let mut cluster = Cluster::new(Config::default());
    for (line, exit, want) in [
        ("run x --image=i --port=80 --expose", 0, "service/x created\npod/x created\n"),
        ("get svc x -o jsonpath={.spec.selector}{.spec.ports[0].targetPort}", 0, "{\"run\":\"x\"}80"),
        (
            "run y --image=i --expose",
            1,
            "error: --port must be set when exposing a service\nSee 'kubectl run -h' for help and examples\n",
        ),
        (
            "run w --image=i --port=80 --expose --labels=app=w --dry-run=client -o yaml",
            0,
            "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    app: w\n  name: w\nspec:\n  ports:\n  - port: 80\n    \
             protocol: TCP\n    targetPort: 80\n  selector:\n    app: w\nstatus:\n  loadBalancer: {}\n---\napiVersion: v1\n\
             kind: Pod\nmetadata:\n  labels:\n    app: w\n  name: w\nspec:\n  containers:\n  - image: i\n    name: w\n    \
             ports:\n    - containerPort: 80\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: \
             {}\n",
        ),
        ("create sa robot", 0, "serviceaccount/robot created\n"),
        (
            "create serviceaccount robot",
            1,
            "error: failed to create serviceaccount: serviceaccounts \"robot\" already exists\n",
        ),
        ("create priorityclass high --value=10", 0, "priorityclass.scheduling.k8s.io/high created\n"),
        (
            "create pc low --value=-5 --description=last --preemption-policy=Never --dry-run=client -o yaml",
            0,
            "apiVersion: scheduling.k8s.io/v1\ndescription: last\nkind: PriorityClass\nmetadata:\n  name: low\n\
             preemptionPolicy: Never\nvalue: -5\n",
        ),
        (
            "create frobnicator",
            1,
            "error: Unexpected args: [frobnicator]\nSee 'kubectl create -h' for help and examples\n",
        ),
        ("create", 1, "error: must specify one of -f and -k\n"),
    ] {
        let said = run(&mut cluster, "default", line, "");
        assert_eq!((said.exit, &*format!("{}{}", said.stdout, said.stderr)), (exit, want), "{line}");
    }
}
