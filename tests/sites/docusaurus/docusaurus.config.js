export default {
  title: "Two workloads",
  url: "http://localhost",
  baseUrl: "/docusaurus/",
  onBrokenLinks: "throw",
  presets: [["classic", {
    docs: { routeBasePath: "/", sidebarPath: undefined }, blog: false, pages: false, sitemap: false,
    theme: { customCss: "./src/css/clusters.css" },
  }]],
  themeConfig: { navbar: { title: "Two workloads" } },
};
