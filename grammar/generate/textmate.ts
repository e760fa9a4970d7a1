import { builtinNames, foreign, keywords, signs, type TokenEntry, typeNames } from '../tokens.ts'

/**
 * A TextMate grammar, for editors that colour by regular expressions. Keywords are also names, so a word is left alone where the
 * sign after it shows that it is one (`state: 4`, `size = 3`).
 */
export function textMate(): string {
  const words = Object.values(keywords)
  const scopes = [...new Set(words.map(({ scope }) => scope))]
  const declaring = ['model', 'layer', 'block', 'recurrence', 'attention', 'function', 'init', 'checkpoint']
  const grammar = {
    $comment: 'Generated from the table of tokens by scripts/grammar.ts.',
    name: 'GDN',
    scopeName: 'source.gdn',
    fileTypes: ['gdn'],
    patterns: [{ include: '#comments' }, { include: '#texts' }, { include: '#code' }],
    repository: {
      comments: {
        patterns: [
          { name: 'comment.line.documentation.gdn', match: '///(?!/).*$' },
          { name: 'comment.line.double-slash.gdn', match: '//.*$' },
        ],
      },
      texts: {
        name: 'string.quoted.double.gdn',
        begin: '"',
        end: '"|(?=$)',
        patterns: [
          { name: 'constant.character.escape.gdn', match: '\\\\(?:["\\\\nrt]|u\\{[0-9a-fA-F]{1,6}\\})' },
          { name: 'invalid.illegal.gdn', match: '\\\\.' },
          { name: 'variable.parameter.pattern.gdn', match: '\\{[A-Za-z_]\\w*(?:=[^{}"]*)?\\}' },
        ],
      },
      code: {
        patterns: [
          {
            match: `\\b(${declaring.join('|')})\\s+([A-Za-z_]\\w*)`,
            captures: { 1: { name: 'storage.type.gdn' }, 2: { name: 'entity.name.type.gdn' } },
          },
          { match: '\\b(as)\\s+([A-Za-z_]\\w*)', captures: { 1: { name: 'keyword.control.gdn' }, 2: { name: 'entity.name.tag.gdn' } } },
          {
            match: `(:)\\s*(${typeNames.join('|')})\\b`,
            captures: { 1: { name: signs.Colon.scope + '.gdn' }, 2: { name: 'support.type.gdn' } },
          },
          { match: '\\b(else)\\s*(:)', captures: { 1: { name: 'keyword.control.gdn' }, 2: { name: 'punctuation.separator.gdn' } } },
          ...scopes.map((scope) => ({
            name: `${scope}.gdn`,
            match: `\\b(?:${words
              .filter((entry) => entry.scope === scope)
              .map(({ pattern }) => pattern)
              .join('|')})\\b(?!\\s*(?:[:,)\\].|]|=(?!=)|$))`,
          })),
          { name: 'storage.type.gdn', match: '^\\s*(?:stack|require|precision)\\b' },
          { name: 'constant.language.gdn', match: `\\b(?:${Object.keys(builtinNames).join('|')})\\b(?!\\s*:)` },
          { name: 'support.type.gdn', match: '\\b(?:f32|f16|bf16|u32|i32|bool)\\b' },
          { name: 'variable.parameter.gdn', match: '\\b[A-Za-z_]\\w*(?=\\s*:)' },
          { name: 'entity.name.function.gdn', match: '\\b[A-Za-z_]\\w*(?=\\s*\\()' },
          { name: 'constant.numeric.gdn', match: '\\b\\d[\\d_]*(?:\\.\\d[\\d_]*)?(?:[eE][+-]?\\d[\\d_]*)?(?:k|M|G|KiB|MiB|GiB)?\\b' },
          { name: 'invalid.illegal.gdn', match: alternatives(Object.values(foreign).filter(({ pattern }) => typeof pattern === 'string')) },
          ...signPatterns(),
        ],
      },
    },
  }
  return `${JSON.stringify(grammar, null, 2)}\n`
}

/** One pattern for each run of signs with the same scope, in the lexer's order. */
function signPatterns(): { readonly name: string; readonly match: string }[] {
  const runs: TokenEntry[][] = []
  for (const entry of Object.values<TokenEntry>(signs)) {
    if (runs.at(-1)?.[0]?.scope === entry.scope) runs.at(-1)!.push(entry)
    else runs.push([entry])
  }
  return runs.map((run) => ({ name: `${run[0]!.scope}.gdn`, match: alternatives(run) }))
}

function alternatives(entries: readonly TokenEntry[]): string {
  return entries.map(({ pattern }) => String(pattern).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
}
