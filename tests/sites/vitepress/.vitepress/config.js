import { fence } from "./fence.js";

export default {
  title: "Two workloads",
  base: "/vitepress/",
  markdown: { config: fence },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag === "pod-scope" } } },
  themeConfig: { nav: [{ text: "The web server", link: "/" }, { text: "The database", link: "/database" }] },
};
