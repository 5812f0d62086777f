// The types of podscope, written by hand. tests/package holds them against what is used and what is there.
import type { Duration, Explanation, KubectlOptions, Printed, Snapshot, Target } from "./cluster.js";

export type { Duration, Explanation, KubernetesError, Printed, Snapshot, Target } from "./cluster.js";

/** The element's attributes; their defaults are in the documentation's table, which is held against the code. */
export interface Options {
  /** The address of a manifest on the page's own origin, instead of `yaml`. */
  src?: string;
  /** A scenario's name, or the address of its Markdown on the page's own origin; its chapters are done at a click. */
  scenario?: string;
  /** When the simulator is loaded. */
  loading?: "lazy" | "click" | "eager";
  /** Lets time run at once, but never for readers who ask for less motion. */
  autoplay?: boolean;
  /** Begins again: after this much simulated time, or (`true`) when nothing has happened for 5 seconds. */
  loop?: true | Duration;
  /** Simulated seconds in a second, from 0.01 to 1000. */
  speed?: number;
  /** The instant that is shown first; also where a loop begins again. */
  startAt?: Duration;
  controls?: "all" | "time" | "none";
  theme?: "auto" | "light" | "dark";
  /** Pixels, or any CSS length. */
  height?: number | string;
  /** The same seed gives the same run. */
  seed?: number;
  /** Requests a second that clients send to each Service. */
  traffic?: number;
  /** The reader can move in time, but not change the cluster. */
  readOnly?: boolean;
  view?: "stage" | "both";
  /** What is chosen at first, such as `"deployment/web"`. */
  focus?: string;
  /** Buttons, keys and gestures that zoom and pan. */
  zoom?: boolean;
}

export interface MountOptions extends Options {
  /** The manifest. */
  yaml?: string;
}

/** What each event tells, besides its `type`. */
export interface Events {
  play: { time: number };
  pause: { time: number };
  /** The cluster changed. */
  change: { time: number };
  /** Time passed. */
  time: { time: number };
  seek: { time: number };
  loop: { time: number };
  /** The reader asked why an object is as it is. */
  why: { kind: string; namespace: string; name: string };
  dispose: {};
}

export type Listener<T extends keyof Events> = (event: { type: T } & Events[T]) => void;

/** How a command line is run on a page, where time passes as it is played. */
export interface LineOptions extends Omit<KubectlOptions, "limit"> {
  /** Called with what is printed, as it is. */
  output?: (text: string, isError: boolean) => void;
  /** Stops what would go on. */
  signal?: AbortSignal;
}

/** A mounted cluster. After `dispose`, what would change it fails with code `"Gone"`. */
export interface Player {
  play(): Promise<void>;
  pause(): Promise<void>;
  /** Goes to the next thing that happens, and stands still there. */
  step(): Promise<void>;
  reset(): Promise<void>;
  /** Goes to an instant, back or ahead. The last seek wins. */
  seek(to: Duration): Promise<void>;
  /** Applies manifests, as `kubectl apply -f` does. */
  apply(yaml: string): Promise<unknown>;
  scale(of: Target, replicas: number): Promise<void>;
  /** Runs a line such as `kubectl get pods`; what waits ends as simulated time passes. Loads kubectl when it is first called. */
  kubectl(line: string, options?: LineOptions): Promise<Printed>;
  /** Why an object is as it is. */
  explain(of: Target): Promise<Explanation>;
  snapshot(): Snapshot;
  /** Puts the same run, at the same instant, into another element. */
  fork(element: Element): Promise<Player>;
  /** Takes the cluster off the page and frees what it held. */
  dispose(): void;
  on<T extends keyof Events>(type: T, listener: Listener<T>): this;
  off<T extends keyof Events>(type: T, listener: Listener<T>): this;
  /** Simulated seconds since the cluster began. */
  readonly currentTime: number;
  /** How far it went so far, in seconds. */
  readonly duration: number;
  readonly paused: boolean;
  speed: number;
}
/** Players come from {@link mount} and {@link PodScope.player}; the class serves `instanceof`. */
export declare const Player: { readonly prototype: Player; [Symbol.hasInstance](value: unknown): boolean };

/** The element `<pod-scope>`. It sends `ready`, or `error` with the error as its detail. */
export declare class PodScope extends HTMLElement {
  /** The player, once `ready` was sent. */
  readonly player: Player | undefined;
}

/** Puts a living cluster into an element. Fails with what is wrong with the manifest. */
export declare function mount(element: Element, options?: MountOptions): Promise<Player>;

/** Puts a living cluster in the place of each fence of `podscope` below `root`, with these attributes. */
export declare function upgrade(root?: ParentNode, defaults?: Record<string, string>): Promise<PodScope[]>;

/** As {@link upgrade}, also for what client-side navigation puts there later, until what it gives is called. */
export declare function follow(root?: Node & ParentNode, defaults?: Record<string, string>): Promise<() => void>;

/** Each attribute's default, and what it may be. */
export declare const ATTRIBUTES: Readonly<Record<string, readonly [usual: string | number | boolean, type: string]>>;

declare global {
  interface HTMLElementTagNameMap {
    "pod-scope": PodScope;
  }
}
