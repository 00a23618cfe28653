// Finds the circles of a graph, which are its strongly connected components of at least two nodes (Tarjan).

/** Returns the circles among `nodes`, each a sorted list; `follow(node)` returns the nodes that `node` leads to. */
export function findCircles(nodes, follow) {
  const index = new Map()
  const lowest = new Map()
  const stack = []
  const circles = []

  function visit(node) {
    index.set(node, index.size)
    lowest.set(node, index.get(node))
    stack.push(node)
    for (const next of follow(node)) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node), lowest.get(next)))
    }
    if (lowest.get(node) !== index.get(node)) return
    const circle = stack.splice(stack.indexOf(node))
    if (circle.length > 1) circles.push(circle.sort())
  }

  for (const node of nodes) if (!index.has(node)) visit(node)
  return circles
}
