// The types of podscope/connect: an <iframe> of embed.html, from the page around it.
import type { Applied, Duration, Explanation, Printed, Snapshot, Target } from "./cluster.js";
import type { Events, LineOptions, MountOptions } from "./index.js";

export interface AddressOptions extends MountOptions {
  /** Origins of pages around that may send messages, where that is not the frame's own and there is no strict sandbox. */
  parents?: string | string[];
}

/** The address for an `<iframe>`: of embed.html, with what it shows in its hash. */
export declare function address(page: string, options?: AddressOptions): string;

export interface ConnectOptions {
  /** Gives the `<iframe>` the height of what it shows; true without it. */
  resize?: boolean;
  /** Milliseconds after which a frame that does not answer is given up. */
  timeout?: number;
}

/** What a frame tells, besides a player's events. */
export interface FrameEvents extends Events {
  loaded: { version: number };
  ready: { version: number };
  resize: { width: number; height: number };
  error: { message: string; code: string };
}

/** What can be asked of a command line in a frame. */
export type FrameLineOptions = Pick<LineOptions, "stdin" | "manifest" | "output" | "signal">;

/** A cluster in a frame. */
export interface Frame {
  play(): Promise<void>;
  pause(): Promise<void>;
  step(): Promise<void>;
  reset(): Promise<void>;
  /** Goes to an instant, of a day at most. */
  seek(to: Duration): Promise<void>;
  /** Simulated seconds in a second, from 0.01 to 1000. */
  speed(speed: number): Promise<void>;
  theme(theme: "auto" | "light" | "dark"): Promise<void>;
  apply(yaml: string): Promise<Applied[]>;
  /** Sets the replicas of a workload, to 1,000 at most. */
  scale(of: Target, replicas: number): Promise<void>;
  kubectl(line: string, options?: FrameLineOptions): Promise<Printed>;
  explain(of: Target): Promise<Explanation>;
  snapshot(): Promise<Snapshot>;
  /** Puts the same run, at the same instant, into another `<iframe>` on the page; gives the connection to that one. */
  fork(iframe: HTMLIFrameElement): Promise<Frame>;
  state(): Promise<{ currentTime: number; duration: number; paused: boolean; speed: number }>;
  on<T extends keyof FrameEvents>(type: T, listener: (event: { type: T } & FrameEvents[T]) => void): this;
  off<T extends keyof FrameEvents>(type: T, listener: (event: { type: T } & FrameEvents[T]) => void): this;
  /** Ends the cluster and the connection. */
  dispose(): Promise<void>;
  /** Ends the connection alone. */
  disconnect(): void;
}
export declare const Frame: { readonly prototype: Frame; [Symbol.hasInstance](value: unknown): boolean };

/** A connection to an `<iframe>` of embed.html, once its cluster is there; it fails with what is wrong with the manifest. */
export declare function connect(iframe: HTMLIFrameElement, options?: ConnectOptions): Promise<Frame>;
