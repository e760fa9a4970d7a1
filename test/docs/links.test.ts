import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow, lineOf, read, root } from '../structure/tree.ts'

const documents = filesBelow('').filter((file) => file.endsWith('.md'))

/** Markdown with its code blanked out, line numbers kept. */
const prose = (text: string): string => text.replace(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, blank).replace(/^ {4}.*$/gm, blank)
const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** The anchors of a file's headings, as code hosts make them; of several equal ones the later are numbered. */
function anchorsOf(file: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [, heading = ''] of prose(read(file)).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const base = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = base
    for (let n = 1; found.has(anchor); n++) anchor = `${base}-${n}`
    found.add(anchor)
  }
  return found
}

function brokenLinks(file: string): readonly string[] {
  const text = prose(read(file)).replace(/`[^`\n]*`/g, blank)
  return [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/gm)].flatMap((match) => {
    const link = match[1] ?? match[2] ?? ''
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? file : join(dirname(file), decodeURIComponent(path))
    const where = `${file}:${lineOf(text, match.index)}`
    if (!existsSync(join(root, target))) return [`${where} leads to ${target}, which is not there`]
    if (anchor === undefined) return []
    const known = statSync(join(root, target)).isFile() && target.endsWith('.md') && anchorsOf(target).has(anchor)
    return known ? [] : [`${where} leads to #${anchor}, which ${target} does not have`]
  })
}

/** Files and folders of the repository that are named in code marks. A `*`, `<..>` or `..` in a name stands for any. */
function missingFiles(file: string): readonly string[] {
  const text = prose(read(file))
  return [...text.matchAll(/`((?:src|test|docs|grammar|templates|scripts|examples)\/[^\s`]*)`/g)].flatMap(({ 1: path = '', index }) => {
    const [exact = ''] = path.split(/[*<{]|\.\.|:\d/)
    const there = exact === path ? existsSync(join(root, path)) : existsSync(join(root, exact.slice(0, exact.lastIndexOf('/'))))
    return there ? [] : [`${file}:${lineOf(text, index)} names ${path}, which is not there`]
  })
}

describe('documents', () => {
  it('link to what is there', () => {
    expect(documents.length).toBeGreaterThan(30)
    expect(documents.flatMap(brokenLinks)).toEqual([])
  })

  it('name files that are there', () => {
    expect(documents.flatMap(missingFiles)).toEqual([])
  })
})

describe('the reader of headings', () => {
  it('makes the anchors of code hosts', () => {
    expect([...anchorsOf('docs/language.md')]).toEqual(expect.arrayContaining(['text', 'values-and-shapes', 'precision-and-require']))
    expect([...anchorsOf('docs/cli.md')]).toEqual(expect.arrayContaining(['gdnc-import-folder', 'gdnc-init-folder']))
    expect([...anchorsOf('docs/write-your-own-mixer.md')]).toContain('2-the-layer-around-it')
  })
})
