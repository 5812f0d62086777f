import { follow } from "./podscope/podscope.js";
follow(document, { autoplay: "", speed: "8" });
