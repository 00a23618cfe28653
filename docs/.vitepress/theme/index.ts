/** The theme of the site: that of VitePress, with styles of our own. */

import DefaultTheme from 'vitepress/theme'
import './style.css'

export default DefaultTheme
