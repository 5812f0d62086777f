import React, { useEffect } from "react";

/** A living cluster of the manifest inside; its attributes are those of <pod-scope>. */
export default function Cluster({ children, ...attributes }) {
  // There are no elements on a server: it writes the manifest, which stays readable without scripts.
  useEffect(() => void import("podscope"), []);
  return <pod-scope {...attributes}><pre>{children}</pre></pod-scope>;
}
