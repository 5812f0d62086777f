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
    let path = format!("/api/v1/namespaces/default/{plural}");
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
