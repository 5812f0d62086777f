// The types of podscope/cluster: a cluster without a page, for Node and workers.
// Nothing here is a page's, so that programs without `dom` can use it.

/** Simulated time: seconds, or text such as `"20s"`, `"1m30s"`, `"300ms"`. */
export type Duration = number | string;

/** `"deployment/web"` (in the namespace `default`), or an object by its parts. */
export type Target = string | { kind: string; namespace?: string; name: string };

/** What a failed request throws: Kubernetes' message, and its reason as `code`. */
export interface KubernetesError extends Error {
  /** `"NotFound"`, `"Invalid"`, `"BadRequest"`; `"Gone"` once it was disposed of; `"LimitExceeded"` of what is too much for a page. */
  code: string;
  /** Where several documents of a manifest were refused: each on its own. */
  errors?: { message: string }[];
}

/** A run as plain data: what gives the same run again. */
export interface Snapshot {
  time: number;
  seed: number;
  /** After how many steps of the control plane it was taken, where others were due at the same instant. */
  after?: number;
  inputs: unknown[];
}

export interface ClusterOptions {
  /** The same seed gives the same run; 1 without one. */
  seed?: number;
  /** Goes on from here, with the snapshot's seed. */
  snapshot?: Snapshot;
  /** The module, where it is not beside the script; the first cluster's counts for all. */
  wasm?: ModuleSource | Promise<ModuleSource>;
}

/** Bytes of the module, its address (text or a `URL`), the response to a request of it, or the compiled module. */
export type ModuleSource = string | object;

export interface KubectlOptions {
  stdin?: string;
  /** The text of the only file, `manifest.yaml`. */
  manifest?: string;
  /** How much simulated time a command that waits may take: a day without one. */
  limit?: Duration;
  /** What `kubectl edit` is to make of a text; nothing leaves it. */
  edit?: (text: string) => string | undefined | Promise<string | undefined>;
}

export interface Printed {
  stdout: string;
  stderr: string;
  /** None of a command that was stopped: by the limit, or as it would go on until it is interrupted. */
  exitCode: number | null;
}

/** One object of what was applied. */
export interface Applied {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** `"created"`, `"configured"`, `"unchanged"`. */
  what: string;
  /** Whether its kind does something here, or is only kept. */
  simulated: boolean;
}

export interface Explanation {
  mood: "well" | "waiting" | "stuck" | "leaving";
  sentence: string;
  facts: { of: string; text: string }[];
  /** What led to it. */
  chain: { time: number; actor: string; verb: string; kind: string; namespace: string; name: string }[];
  /** What would help, where something would. */
  command: string | null;
  /** When what it waits for comes, in seconds, where that is known. */
  until: number | null;
}

/** A cluster. What is asked of it is done in the order in which it is asked; after `dispose` it fails with code `"Gone"`. */
export declare class Cluster {
  private constructor();
  static create(options?: ClusterOptions): Promise<Cluster>;
  /** Simulated seconds since it began. */
  readonly currentTime: number;
  /** Applies manifests, as `kubectl apply -f` does. */
  apply(yaml: string): Promise<Applied[]>;
  /** Lets so much simulated time pass. */
  advance(by: Duration): Promise<void>;
  /** Runs a line such as `kubectl get pods`; one that waits lets simulated time pass until it ends. */
  kubectl(line: string, options?: KubectlOptions): Promise<Printed>;
  /** Why an object is as it is. */
  explain(of: Target): Promise<Explanation>;
  snapshot(): Snapshot;
  dispose(): void;
}
