/** What an editor must know about brackets, comments and indentation. */
export function languageConfiguration(): string {
  const pairs = [
    ['{', '}'],
    ['[', ']'],
    ['(', ')'],
  ]
  const configuration = {
    comments: { lineComment: '//' },
    brackets: pairs,
    autoClosingPairs: [...pairs.map(([open, close]) => ({ open, close })), { open: '"', close: '"', notIn: ['string', 'comment'] }],
    surroundingPairs: [...pairs, ['"', '"']],
    wordPattern: '[A-Za-z_]\\w*',
    indentationRules: { increaseIndentPattern: '^.*[{\\[(]\\s*(//.*)?$', decreaseIndentPattern: '^\\s*[}\\])]' },
    onEnterRules: [{ beforeText: '^\\s*///(?!/).*$', action: { indent: 'none', appendText: '/// ' } }],
    folding: { offSide: false },
  }
  const lines = Object.entries(configuration).map(([key, value]) => `  "${key}": ${inLines(value)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

/** JSON as the formatter of this repository leaves it: on one line if that is not too long. */
function inLines(value: unknown): string {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ').replace(/\[ /g, '[').replace(/ \]/g, ']')
  if (flat.length <= 120 || !Array.isArray(value)) return flat
  return `[\n${value.map((item) => `    ${inLines(item)}`).join(',\n')}\n  ]`
}
