// What loading the package loads: files of its own, and modules of Node's.
const before = new Set(process.moduleLoadList)
require(process.argv[2])
const files = Object.keys(require.cache).filter((file) => file !== __filename)
const modules = process.moduleLoadList.filter((name) => !before.has(name))
console.log(JSON.stringify({ files, modules }))
