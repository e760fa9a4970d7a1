import { type Shape, shapes } from './shape.ts'

/** Railroad diagrams of all rules as one page that needs nothing else: plain SVG, no scripts, no fonts of its own. */
export function diagrams(): string {
  const rules = shapes()
  const sections = [...rules].map(([name, shape]) => `<section id="${name}">\n<h2>${name}</h2>\n${svg(draw(shape))}\n</section>`)
  const index = [...rules.keys()].map((name) => `<a href="#${name}">${name}</a>`).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The grammar of edition 1</title>
<style>${style}</style>
</head>
<body>
<h1>The grammar of edition 1</h1>
<p>Generated from the parser by <code>scripts/grammar.ts</code>. Follow a line from left to right; round boxes are written as they stand, square ones are rules.</p>
<nav>
${index}
</nav>
${sections.join('\n')}
</body>
</html>
`
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#222, #ddd); --word: light-dark(#e6f0d8, #3a4a2a); --rule: light-dark(#e0e8f4, #2c3a50) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; color: var(--ink) }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem }
nav { columns: 5 11rem } nav a { display: block }
section { overflow-x: auto }
svg text { font: 13px ui-monospace, monospace; text-anchor: middle; fill: var(--ink) }
svg path { fill: none; stroke: var(--ink); stroke-width: 1.5 }
svg rect { stroke: var(--ink); fill: var(--rule) }
svg rect.word { fill: var(--word) }
`

/** A drawing that a line enters at the left and leaves at the right of its baseline. */
interface Box {
  readonly width: number
  /** How far it reaches above and below the baseline. */
  readonly up: number
  readonly down: number
  at(x: number, y: number): string
}

const letter = 8
const half = 12
const gap = 10
const arc = 8

function draw(shape: Shape): Box {
  switch (shape.kind) {
    case 'word':
      return label(shape.text, 'word')
    case 'token':
      return label(shape.name, 'token')
    case 'rule':
      return label(shape.name, 'rule')
    case 'sequence':
      return row(shape.items.map(draw))
    case 'choice':
      return branches(shape.items.map(draw))
    case 'optional':
      return branches([line(0), draw(shape.item)])
    case 'many':
      return branches([line(0), loop(draw(shape.item), line(0))])
    case 'list': {
      const comma = label(',', 'word')
      return branches([line(0), row([loop(draw(shape.item), comma), branches([line(0), comma])])])
    }
  }
}

function label(text: string, kind: 'word' | 'token' | 'rule'): Box {
  const width = text.length * letter + 20
  return {
    width,
    up: half,
    down: half,
    at: (x, y) => {
      const radius = kind === 'rule' ? 0 : half
      const rect = `<rect class="${kind}" x="${x}" y="${y - half}" width="${width}" height="${2 * half}" rx="${radius}"/>`
      const words = `<text x="${x + width / 2}" y="${y + 4}">${escaped(text)}</text>`
      return kind === 'rule' ? `<a href="#${text}">${rect}${words}</a>` : rect + words
    },
  }
}

function line(width: number): Box {
  return { width, up: 0, down: 0, at: (x, y) => (width === 0 ? '' : path(`M${x} ${y}h${width}`)) }
}

function row(boxes: readonly Box[]): Box {
  const width = boxes.reduce((sum, box) => sum + box.width, 0) + gap * Math.max(0, boxes.length - 1)
  return {
    width,
    up: Math.max(0, ...boxes.map((box) => box.up)),
    down: Math.max(0, ...boxes.map((box) => box.down)),
    at: (x, y) => {
      let at = x
      const parts = boxes.map((box, index) => {
        const joint = index === 0 ? '' : path(`M${at} ${y}h${gap}`)
        if (index > 0) at += gap
        const part = joint + box.at(at, y)
        at += box.width
        return part
      })
      return parts.join('')
    },
  }
}

/** Alternatives below one another; the first is on the baseline. */
function branches(boxes: readonly Box[]): Box {
  const inner = Math.max(...boxes.map((box) => box.width))
  const side = 2 * arc + 2
  const offsets: number[] = []
  let below = 0
  for (const [index, box] of boxes.entries()) {
    below += index === 0 ? 0 : Math.max(box.up + gap, index === 1 ? 2 * arc : 0)
    offsets.push(below)
    below += box.down
  }
  return {
    width: inner + 2 * side,
    up: boxes[0]!.up,
    down: below,
    at: (x, y) => {
      const right = x + 2 * side + inner
      const parts = boxes.map((box, index) => {
        const drop = offsets[index]!
        const end = x + side + box.width
        const rest = `M${end} ${y + drop}H${right - side}`
        if (index === 0) return box.at(x + side, y) + path(`M${x} ${y}h${side}${rest}H${right}`)
        const down = `M${x} ${y}q${arc} 0 ${arc} ${arc}V${y + drop - arc}q0 ${arc} ${arc} ${arc}H${x + side}`
        const up = `H${right - 2 * arc}q${arc} 0 ${arc} ${-arc}V${y + arc}q0 ${-arc} ${arc} ${-arc}`
        return box.at(x + side, y + drop) + path(down + rest + up)
      })
      return parts.join('')
    },
  }
}

/** The box any number of times, at least once; `back` lies on the way back. */
function loop(box: Box, back: Box): Box {
  const inner = Math.max(box.width, back.width)
  const side = 2 * arc
  const drop = Math.max(box.down + back.up + gap, 2 * arc)
  return {
    width: inner + 2 * side,
    up: box.up,
    down: drop + back.down,
    at: (x, y) => {
      const left = x + side
      const right = left + inner
      const backAt = left + (inner - back.width) / 2
      const forth = `M${x} ${y}H${left}M${left + box.width} ${y}H${right + side}`
      const under = `M${right} ${y}q${arc} 0 ${arc} ${arc}V${y + drop - arc}q0 ${arc} ${-arc} ${arc}H${backAt + back.width}`
      const up = `M${backAt} ${y + drop}H${left}q${-arc} 0 ${-arc} ${-arc}V${y + arc}q0 ${-arc} ${arc} ${-arc}`
      return box.at(left, y) + back.at(backAt, y + drop) + path(forth + under + up)
    },
  }
}

function svg(box: Box): string {
  const width = box.width + 60
  const height = box.up + box.down + 12
  const y = box.up + 6
  const ends = path(`M6 ${y - 8}v16M10 ${y - 8}v16M10 ${y}h20M${30 + box.width} ${y}h20m0 -8v16m4 -16v16`)
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">${ends}${box.at(30, y)}</svg>`
}

function path(d: string): string {
  return `<path d="${d}"/>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
