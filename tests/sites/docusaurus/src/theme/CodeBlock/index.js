import React from "react";
import CodeBlock from "@theme-original/CodeBlock";
import Cluster from "@site/src/components/Cluster";

/** Fences that say `podscope` are clusters; words after that are attributes. */
export default function Fence({ className, metastring = "", children, ...rest }) {
  if (className !== "language-podscope") return <CodeBlock {...{ className, metastring, ...rest }}>{children}</CodeBlock>;
  const words = metastring.split(" ").filter(Boolean).map((word) => word.split("="));
  return <Cluster {...Object.fromEntries(words.map(([name, value = ""]) => [name, value]))}>{children}</Cluster>;
}
