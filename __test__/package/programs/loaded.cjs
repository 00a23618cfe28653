// Prints the files and the modules of Node that loading the package loads. Argument: the entry.
const before = new Set(process.moduleLoadList)
require(process.argv[2])
const files = Object.keys(require.cache).filter((file) => file !== __filename)
const modules = process.moduleLoadList.filter((name) => !before.has(name))
console.log(JSON.stringify({ files, modules }))
