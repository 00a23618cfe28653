/** The configuration of the documentation site, which VitePress builds from docs/ into build/docs. */

import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'
import { linkToDiagrams } from './diagrams.mjs'
import { linkToRepository, REPOSITORY } from './links.mjs'
import { tokenize } from './search.mjs'
import { sidebarOf } from './sidebar.mjs'

/** Texts of the frame around a page, in Chinese. */
const chinese = {
  outline: { label: '本頁內容', level: [2, 3] as [number, number] },
  docFooter: { prev: '上一頁', next: '下一頁' },
  darkModeSwitchLabel: '外觀',
  lightModeSwitchTitle: '切換為淺色主題',
  darkModeSwitchTitle: '切換為深色主題',
  sidebarMenuLabel: '選單',
  returnToTopLabel: '回到頁首',
  langMenuLabel: '切換語言',
  notFound: { title: '找不到頁面', quote: '網址可能已經變更。', linkLabel: '回首頁', linkText: '回首頁' },
}

const chineseSearch = {
  button: { buttonText: '搜尋', buttonAriaLabel: '搜尋文件' },
  modal: {
    displayDetails: '顯示詳細清單',
    resetButtonTitle: '清除',
    backButtonTitle: '關閉',
    noResultsText: '找不到結果：',
    footer: { selectText: '選擇', navigateText: '移動', closeText: '關閉' },
  },
}

export default defineConfig({
  title: 'websocket-rs',
  description: 'A WebSocket client for Node with a Rust core: a promise API, a blocking API, ws and WHATWG.',
  // The path of the site on GitHub Pages.
  base: '/websocket-rs-node/',
  outDir: '../build/docs',
  cacheDir: '../.cache/vitepress',
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/websocket-rs-node/logo.svg' }]],
  // Pages hold whole tables and charts.
  vite: { build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 3000 } },
  metaChunk: true,
  markdown: {
    // The anchors of GitHub, which renders the same files.
    anchor: { slugify: slug },
    theme: { light: 'github-light', dark: 'github-dark' },
    config: (markdown) => {
      linkToRepository(markdown)
      linkToDiagrams(markdown)
    },
  },
  locales: {
    root: { label: 'English', lang: 'en' },
    'zh-TW': {
      label: '繁體中文',
      lang: 'zh-TW',
      description: '核心以 Rust 撰寫的 Node WebSocket 用戶端：promise API、阻塞 API、ws 與 WHATWG 介面。',
      themeConfig: {
        ...chinese,
        nav: [
          { text: '快速入門', link: '/zh-TW/quick-start' },
          { text: '指南', link: '/zh-TW/guides/which-api', activeMatch: '/zh-TW/guides/' },
          { text: 'API（英文）', link: '/api' },
          { text: '效能測試（英文）', link: '/benchmarks' },
        ],
      },
    },
  },
  themeConfig: {
    logo: '/logo.svg',
    // Not every page exists in both languages, so the menu of languages leads to the first page of the other one.
    i18nRouting: false,
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Guides', link: '/guides/which-api', activeMatch: '/guides/' },
      { text: 'API', link: '/api', activeMatch: '/(api|reference/)' },
      { text: 'Benchmarks', link: '/benchmarks', activeMatch: '/benchmarks' },
    ],
    sidebar: sidebarOf(),
    outline: { level: [2, 3] },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    search: {
      provider: 'local',
      options: {
        locales: { 'zh-TW': { translations: chineseSearch } },
        miniSearch: { options: { tokenize } },
      },
    },
  },
})
