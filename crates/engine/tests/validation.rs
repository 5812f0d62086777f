//! What the API server says to what people write wrong, beyond what was recorded: upstream's checks restated as rows of
//! what is added to a good object, and the answer.

use podscope_engine::Cluster;
use podscope_engine::api::rest::request_text;

/// Asks for a Pod with one container, to which these members are added.
fn pod(container: &str, spec: &str) -> String {
    let comma = |s: &str| if s.is_empty() { String::new() } else { format!(",{s}") };
    let body = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p"}},"spec":{{"containers":[{{"name":"a","image":"x"{}}}]{}}}}}"#,
        comma(container),
        comma(spec)
    );
    ask("pods", &body)
}

fn service(spec: &str) -> String {
    ask("services", &format!(r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"s"}},"spec":{{{spec}}}}}"#))
}

fn ask(plural: &str, body: &str) -> String {
    let mut cluster = Cluster::new(podscope_engine::Config::default());
    let group = match plural {
        "jobs" | "cronjobs" => "apis/batch/v1",
        "horizontalpodautoscalers" => "apis/autoscaling/v2",
        "poddisruptionbudgets" => "apis/policy/v1",
        _ => "api/v1",
    };
    let path = format!("/{group}/namespaces/default/{plural}");
    let (status, said) = request_text(&mut cluster.cx, "POST", &path, "application/json", body);
    assert!(status == 422 || status == 201, "{body}: {}", said.to_json());
    let message = said.str_at(&["message"]).unwrap_or_default();
    message.split_once(" is invalid: ").map_or("", |(_, m)| m).to_owned()
}

#[test]
fn containers() {
    const AT: &str = "spec.containers[0]";
    // What is added to the container, and what is said of it, `.` standing for its path.
    let rows = [
        (r#""resources":{"requests":{"cpu":"1"},"limits":{"cpu":"1000m"}}"#, ""),
        (
            r#""resources":{"requests":{"cpu":"2"},"limits":{"cpu":"500m"}}"#,
            r#".resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 500m"#,
        ),
        (
            r#""resources":{"requests":{"nvidia.com/gpu":1}}"#,
            ".resources.limits: Required value: Limit must be set for non overcommitable resources",
        ),
        (
            r#""resources":{"requests":{"a.b/c":1},"limits":{"a.b/c":2}}"#,
            r#".resources.requests: Invalid value: "1": must be equal to a.b/c limit of 2"#,
        ),
        (
            r#""resources":{"limits":{"a.b/c":"500m"}}"#,
            r#".resources.limits[a.b/c]: Invalid value: "500m": must be an integer"#,
        ),
        (
            r#""resources":{"limits":{"memory":"-1"}}"#,
            r#".resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0"#,
        ),
        (r#""env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]"#, ""),
        (
            r#""env":[{"name":"A","value":"x","valueFrom":{"secretKeyRef":{"name":"c","key":"k"}}}]"#,
            r#".env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty"#,
        ),
        (
            r#""env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"c"}}}]"#,
            ".env[0].valueFrom.configMapKeyRef.key: Required value",
        ),
        (
            r#""envFrom":[{"prefix":"A"}]"#,
            r#".envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`"#,
        ),
        (
            r#""livenessProbe":{"httpGet":{"path":"/"}}"#,
            ".livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            r#""livenessProbe":{"httpGet":{"port":80,"scheme":"http"}}"#,
            r#".livenessProbe.httpGet.scheme: Unsupported value: "http": supported values: "HTTP", "HTTPS""#,
        ),
        (r#""readinessProbe":{"exec":{}}"#, ".readinessProbe.exec.command: Required value"),
        (r#""lifecycle":{"preStop":{}}"#, ".lifecycle.preStop: Required value: must specify a handler type"),
        (
            r#""lifecycle":{"preStop":{"sleep":{"seconds":60}}}"#,
            ".lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than \
             terminationGracePeriodSeconds (30)",
        ),
        (
            r#""ports":[{"containerPort":1,"hostPort":80},{"containerPort":2,"hostPort":80}]"#,
            r#".ports[1].hostPort: Duplicate value: "TCP//80""#,
        ),
        (
            r#""securityContext":{"runAsUser":-1}"#,
            ".securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        ),
    ];
    for (added, said) in rows {
        let said = if said.is_empty() { String::new() } else { format!("{AT}{said}") };
        assert_eq!(pod(added, ""), said, "{added}");
    }
}

#[test]
fn pods() {
    let rows = [
        (r#""volumes":[{"name":"v","configMap":{}}]"#, "spec.volumes[0].configMap.name: Required value"),
        (r#""volumes":[{"name":"v","secret":{}}]"#, "spec.volumes[0].secret.secretName: Required value"),
        (
            r#""volumes":[{"name":"v","hostPath":{"path":"/a/../b"}}]"#,
            r#"spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'"#,
        ),
        (
            r#""initContainers":[{"name":"i","image":"x","livenessProbe":{"tcpSocket":{"port":80}}}]"#,
            "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without \
             restartPolicy=Always",
        ),
        (
            r#""initContainers":[{"name":"i","image":"x","restartPolicy":"Always","livenessProbe":{"tcpSocket":{"port":80}}}]"#,
            "",
        ),
        (
            r#""dnsPolicy":"Foo""#,
            r#"spec.dnsPolicy: Unsupported value: "Foo": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None""#,
        ),
        (
            r#""activeDeadlineSeconds":0"#,
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ),
        (
            r#""affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[]}}}"#,
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: \
             must have at least one node selector term",
        ),
        (
            r#""affinity":{"podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":0,"podAffinityTerm":{"topologyKey":"a"}}]}}"#,
            "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be \
             in the range 1-100",
        ),
        (
            r#""topologySpreadConstraints":[{"maxSkew":0,"topologyKey":"","whenUnsatisfiable":"Never"}]"#,
            r#"[spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero, spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty, spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"]"#,
        ),
    ];
    for (added, said) in rows {
        assert_eq!(pod("", added), said, "{added}");
    }
}

#[test]
fn services_and_config_maps() {
    let rows = [
        (r#""type":"NodePort","ports":[{"port":80,"nodePort":30080}]"#, ""),
        (
            r#""type":"NodePort","ports":[{"port":80,"nodePort":80}]"#,
            "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports \
             is 30000-32767",
        ),
        (
            r#""ports":[{"port":80,"nodePort":30080}]"#,
            "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
        ),
        (
            r#""type":"LoadBalancer","clusterIP":"None","ports":[{"port":80}]"#,
            r#"spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for LoadBalancer services"#,
        ),
        (r#""type":"ExternalName""#, "spec.externalName: Required value"),
    ];
    for (spec, said) in rows {
        assert_eq!(service(spec), said, "{spec}");
    }
    let controller = |spec: &str| {
        let head = r#"{"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"r"},"spec":"#;
        ask("replicationcontrollers", &format!("{head}{spec}}}"))
    };
    assert_eq!(controller("{}"), "[spec.selector: Required value, spec.template: Required value]");
    let template = r#""template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","image":"x"}]}}"#;
    assert_eq!(controller(&format!("{{{template}}}")), "", "its selector is its template's labels");
    let map = ask("configmaps", r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a b":"x"}}"#);
    assert!(map.starts_with(r#"data[a b]: Invalid value: "a b": a valid config key must consist of"#), "{map}");
}

#[test]
fn autoscalers() {
    const TARGET: &str = r#""scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"w"},"maxReplicas":3"#;
    let rows = [
        (r#""behavior":{"scaleUp":{"policies":[{"type":"Pods","value":4,"periodSeconds":15}]}}"#, ""),
        (
            r#""behavior":{"scaleUp":{"policies":[]}}"#,
            "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy",
        ),
        (
            r#""behavior":{"scaleDown":{"selectPolicy":"Any","stabilizationWindowSeconds":4000}}"#,
            r#"[spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 4000: must be less than or equal to 3600, spec.behavior.scaleDown.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"]"#,
        ),
        (
            r#""behavior":{"scaleDown":{"policies":[{"type":"Cores","value":1,"periodSeconds":2000},{"type":"Pods","value":0}]}}"#,
            r#"[spec.behavior.scaleDown.policies[0].type: Unsupported value: "Cores": supported values: "Percent", "Pods", spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 2000: must be less than or equal to 1800, spec.behavior.scaleDown.policies[1].value: Invalid value: 0: must be greater than zero, spec.behavior.scaleDown.policies[1].periodSeconds: Invalid value: 0: must be greater than zero]"#,
        ),
        (
            r#""metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization"}}}]"#,
            "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a \
             target utilization",
        ),
        (
            r#""metrics":[{"type":"Resource","resource":{"name":"","target":{"type":"Many","averageUtilization":0,"averageValue":"0"}}}]"#,
            r#"[spec.metrics[0].resource.name: Required value: must specify a resource name, spec.metrics[0].resource.target.type: Invalid value: "Many": must be either Utilization, Value, or AverageValue, spec.metrics[0].resource.target.averageValue: Invalid value: "0": must be positive, spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0, spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization]"#,
        ),
        (
            r#""metrics":[{"type":"Pods"}]"#,
            "spec.metrics[0].pods: Required value: must populate information for the given metric source",
        ),
        (
            r#""metrics":[{"type":"Pods","pods":{"metric":{"name":"a/b"},"target":{"type":"Value","value":1}},"external":{"metric":{"name":"q"},"target":{"type":"Value","value":1}}}]"#,
            "spec.metrics[0].external: Forbidden: must populate the given metric source only",
        ),
        (
            r#""metrics":[{"type":"Pods","pods":{"metric":{"name":"a/b"},"target":{"type":"Value","value":1}}}]"#,
            r#"[spec.metrics[0].pods.metric.name: Invalid value: "a/b": may not contain '/', spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue]"#,
        ),
    ];
    let scaler = |spec: &str| {
        let head = r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":"#;
        ask("horizontalpodautoscalers", &format!("{head}{{{spec}}}}}"))
    };
    for (added, said) in rows {
        assert_eq!(scaler(&format!("{TARGET},{added}")), said, "{added}");
    }
    let target = |reference: &str| scaler(&format!(r#""scaleTargetRef":{{{reference}}},"maxReplicas":1"#));
    assert_eq!(
        target(r#""kind":"Deployment","name":"w""#),
        r#"spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group"#
    );
    assert_eq!(target(r#""apiVersion":"v1","kind":"ReplicationController","name":"w""#), "");
}

#[test]
fn jobs() {
    const INDEXED: &str = r#""completionMode":"Indexed","completions":3"#;
    // Whether it is an Indexed Job of three, what is added to it, and what is said of it.
    let rows = [
        (true, r#""backoffLimitPerIndex":1,"maxFailedIndexes":2"#, ""),
        (
            true,
            r#""maxFailedIndexes":5"#,
            "[spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified, spec.maxFailedIndexes: \
             Invalid value: 5: must be less than or equal to completions]",
        ),
        (
            true,
            r#""parallelism":100001"#,
            "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
        ),
        (
            false,
            r#""successPolicy":{"rules":[{"succeededCount":1}]}"#,
            r#"spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode"#,
        ),
        (true, r#""successPolicy":{"rules":[{"succeededIndexes":"0,2","succeededCount":2}]}"#, ""),
        (
            true,
            r#""successPolicy":{"rules":[{},{"succeededIndexes":"0,2","succeededCount":3},{"succeededIndexes":"2,1"},{"succeededIndexes":"0-9"},{"succeededIndexes":"x"}]}"#,
            r#"[spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified, spec.successPolicy.rules[1].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field), spec.successPolicy.rules[2].succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1, spec.successPolicy.rules[3].succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9", spec.successPolicy.rules[4].succeededIndexes: Invalid value: "x": error parsing succeededIndexes: cannot convert string to integer for index: "x"]"#,
        ),
        (
            false,
            r#""podFailurePolicy":{"rules":[{"action":"Ignore","onPodConditions":[{"type":"DisruptionTarget","status":"True"}]}]}"#,
            "",
        ),
        (
            false,
            r#""podFailurePolicy":{"rules":[{"action":"FailJob"},{"action":"FailIndex","onExitCodes":{"operator":"In","values":[0]}},{"onExitCodes":{"containerName":"b","operator":"NotIn","values":[2,1,1]}}]}"#,
            r#"[spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required, spec.podFailurePolicy.rules[1].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set, spec.podFailurePolicy.rules[1].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator, spec.podFailurePolicy.rules[2].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"], spec.podFailurePolicy.rules[2].onExitCodes.containerName: Invalid value: "b": must be one of the container or initContainer names in the pod template, spec.podFailurePolicy.rules[2].onExitCodes.values[2]: Duplicate value: 1, spec.podFailurePolicy.rules[2].onExitCodes.values: Invalid value: [2,1,1]: must be ordered]"#,
        ),
        (
            false,
            r#""podReplacementPolicy":"Soon""#,
            r#"spec.podReplacementPolicy: Unsupported value: "Soon": supported values: "Failed", "TerminatingOrFailed""#,
        ),
    ];
    for (indexed, added, said) in rows {
        let added = if indexed { format!("{INDEXED},{added}") } else { added.to_owned() };
        let template = r#""template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"x"}]}}"#;
        let head = r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":"#;
        assert_eq!(ask("jobs", &format!("{head}{{{template},{added}}}}}")), said, "{added}");
    }
}

#[test]
fn pods_change() {
    // A container's members before and after, the spec's before and after, and how the answer begins.
    const NOT: &str = "spec: Forbidden: pod updates may not change fields other than";
    let rows = [
        ("", r#","command":["x"]"#, "", "", NOT),
        ("", "", "", r#","restartPolicy":"Never""#, NOT),
        ("", "", "", r#","volumes":[{"name":"v","emptyDir":{}}]"#, NOT),
        ("", "", "", r#","terminationGracePeriodSeconds":5"#, NOT),
        (
            "",
            "",
            "",
            r#","initContainers":[{"name":"b","image":"x"}]"#,
            "spec.initContainers: Forbidden: pod updates may not add or remove containers",
        ),
        ("", "", "", r#","activeDeadlineSeconds":9"#, ""),
        (
            "",
            "",
            r#","activeDeadlineSeconds":8"#,
            r#","activeDeadlineSeconds":9"#,
            "spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value",
        ),
        (
            "",
            "",
            r#","activeDeadlineSeconds":8"#,
            "",
            "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
        ),
        ("", "", "", r#","tolerations":[{"key":"a","operator":"Exists"}]"#, ""),
        (
            "",
            "",
            r#","tolerations":[{"key":"a","operator":"Exists"}]"#,
            "",
            "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
        ),
        ("", "", r#","schedulingGates":[{"name":"g"}]"#, "", ""),
        (
            "",
            "",
            "",
            r#","schedulingGates":[{"name":"g"}]"#,
            "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'",
        ),
    ];
    let body = |container: &str, spec: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p"}},"spec":{{"containers":[{{"name":"a","image":"x"{container}}}]{spec}}}}}"#
        )
    };
    for (was, is, before, after, want) in rows {
        let mut cluster = Cluster::new(podscope_engine::Config::default());
        let mut ask = |verb: &str, path: &str, body: String| {
            request_text(
                &mut cluster.cx,
                verb,
                &format!("/api/v1/namespaces/default/pods{path}"),
                "application/json",
                &body,
            )
        };
        assert_eq!(ask("POST", "", body(was, before)).0, 201);
        let (status, said) = ask("PUT", "/p", body(is, after));
        let message = said.str_at(&["message"]).unwrap_or_default();
        let message = message.split_once(" is invalid: ").map_or("", |(_, m)| m);
        assert!(message.starts_with(want) && want.is_empty() == (status == 200), "{is}{after}: {status} {message}");
        let read = ask("GET", "/p", String::new()).1;
        if want.is_empty() && after.contains("activeDeadlineSeconds") {
            assert_eq!(read.at(&["spec", "activeDeadlineSeconds"]).and_then(podscope_schema::Value::as_i64), Some(9));
        }
    }
}

#[test]
fn fields_that_a_variable_may_tell() {
    let at = "spec.containers[0].env[0].valueFrom.fieldRef";
    for (path, want) in [
        ("metadata.name", String::new()),
        ("metadata.labels['app']", String::new()),
        ("status.podIP", String::new()),
        (
            "spec.foo",
            format!(
                "{at}.fieldPath: Invalid value: \"spec.foo\": error converting fieldPath: field label not supported: spec.foo"
            ),
        ),
        (
            "spec.x['a']",
            format!(
                "{at}.fieldPath: Invalid value: \"spec.x['a']\": error converting fieldPath: field label does not support \
                 subscript: spec.x['a']"
            ),
        ),
        (
            "status.phase",
            format!(
                "{at}.fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\", \
                 \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \
                 \"status.hostIPs\", \"status.podIP\", \"status.podIPs\""
            ),
        ),
    ] {
        let env = format!(r#""env":[{{"name":"X","valueFrom":{{"fieldRef":{{"fieldPath":"{path}"}}}}}}]"#);
        assert_eq!(pod(&env, ""), want, "{path}");
    }
}
