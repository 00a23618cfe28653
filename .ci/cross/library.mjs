// Prints the file name of the library for a target: `library.mjs TARGET`.
import { platforms } from '../platforms.mjs'

const [, , target] = process.argv
const platform = platforms.find((each) => each.target === target)
if (platform === undefined) throw new Error(`${target} is not among napi.targets of package.json`)
console.log(platform.library)
