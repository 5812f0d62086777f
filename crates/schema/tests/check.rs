//! Strict decoding, against what the API server of 1.36 answered.

use podscope_schema::{Value, check, lookup_kind, parse, refusal};

fn refused(value: &Value) -> Option<String> {
    let kind = lookup_kind(value.str_at(&["apiVersion"])?, value.str_at(&["kind"])?)?;
    refusal(kind, &check(kind, value))
}

/// The recorded cases: to the API server as they are, through kubectl with sorted fields.
#[test]
fn recorded_refusals_are_repeated() {
    let recorded = Value::from_json(include_str!("data/decode-errors.json")).expect("JSON");
    let cases = recorded.get("cases").expect("cases").items();
    assert!(cases.len() >= 9);
    for case in cases {
        let text = |key: &str| case.str_at(&[key]);
        if let Some(manifest) = case.get("manifest") {
            assert_eq!(refused(manifest).as_deref(), text("message"), "{:?}", text("name"));
        }
        if let (Some(stdin), Some(kubectl)) = (text("stdin"), text("kubectl")) {
            let value = parse(stdin).expect("YAML")[0].root.to_value().sorted();
            let message =
                refused(&value).map(|m| format!("Error from server (BadRequest): error when creating \"STDIN\": {m}"));
            assert_eq!(message.as_deref(), Some(kubectl), "{:?}", text("name"));
        }
        if let Some(body) = text("body") {
            let document = &parse(body).expect("YAML")[0];
            let value = document.root.to_value();
            let kind = lookup_kind("apps/v1", "Deployment").expect("known");
            let mut errors = document.duplicate_errors(false);
            errors.extend(check(kind, &value));
            assert_eq!(refusal(kind, &errors).as_deref(), text("message"), "{:?}", text("name"));
        }
    }
}

/// Each of these is refused with the words of Go's decoder.
#[test]
fn every_type_is_checked() {
    let pod = |spec: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {spec}\n");
    for (yaml, expected) in [
        (
            pod("{containers: [{name: 1}]}"),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string",
        ),
        (
            pod("{containers: {}}"),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            pod("{containers: x}"),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            pod("{containers: [x]}"),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container",
        ),
        (
            pod("{containers: [{env: [{name: A, value: 1}]}]}"),
            "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
        ),
        (
            pod("{containers: [{args: [1]}]}"),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.args of type string",
        ),
        (
            pod("{hostNetwork: 'true'}"),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
        ),
        (
            pod("{restartPolicy: true}"),
            "json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
        ),
        (
            pod("{priority: 3000000000}"),
            "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32",
        ),
        (
            pod("{terminationGracePeriodSeconds: 1.5}"),
            "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64",
        ),
        (
            pod("{nodeSelector: {a: 1}}"),
            "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string",
        ),
        (
            pod("{nodeSelector: [a]}"),
            "json: cannot unmarshal array into Go struct field PodSpec.spec.nodeSelector of type map[string]string",
        ),
        (
            pod("{containers: [{resources: {limits: 1}}]}"),
            "json: cannot unmarshal number into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
        ),
        (
            pod("{containers: [{name: 1, resources: {limits: {cpu: x}}}]}"),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            pod("{containers: [{livenessProbe: {httpGet: {port: true}}}]}"),
            "json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
        ),
        (
            pod("{containers: [{image: null, ports: null}], foo: {bar: 1}}"),
            "strict decoding error: unknown field \"spec.foo\"",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: true}}\n".into(),
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {creationTimestamp: x}\n".into(),
            "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"",
        ),
        (
            "apiVersion: v1\nkind: Pod\nspec: 1\n".into(),
            "json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec",
        ),
    ] {
        let message = refused(&parse(&yaml).expect("YAML")[0].root.to_value());
        assert_eq!(message, Some(format!("Pod in version \"v1\" cannot be handled as a Pod: {expected}")), "{yaml}");
    }
    let secret = "apiVersion: v1\nkind: Secret\ndata: {a: secret!}\n";
    let message = refused(&parse(secret).expect("YAML")[0].root.to_value()).expect("refused");
    assert_eq!(message, "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 6");
}

#[test]
fn kinds_known_by_name_are_checked_in_their_metadata() {
    let ingress =
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, lables: {}}\nspec: {anything: 1}\n";
    let message = refused(&parse(ingress).expect("YAML")[0].root.to_value());
    assert_eq!(
        message.as_deref(),
        Some(
            "Ingress in version \"v1\" cannot be handled as a Ingress: strict decoding error: unknown field \"metadata.lables\""
        )
    );
}

#[test]
fn errors_are_found_in_the_text() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    imagee: b\n";
    let document = &parse(text).expect("YAML")[0];
    let errors = check(lookup_kind("v1", "Pod").expect("known"), &document.root.to_value());
    assert_eq!(errors.iter().map(|e| document.position_of(&e.path)).collect::<Vec<_>>(), [(6, 5)]);
    let twice = &parse("{\"spec\": {\"a\": [{\"b\": 1, \"b\": 2}]}}").expect("JSON")[0];
    assert_eq!(twice.duplicate_errors(true)[0].message, "duplicate field \"spec.a[0].b\"");
}
