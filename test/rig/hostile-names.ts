/** Escape sequences, reordering, folders, formulas, markup, reserved names: each alone, and wound around an honest name. */
export function hostileNames(): string[] {
  const payloads = [
    ...[
      '\u001b[2J',
      '\u001b]0;x\u0007',
      '\u009b31m',
      '\r\n',
      '\u0000',
      '\b\b\b',
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
    ],
    ...['../../etc/passwd', '..\\..\\x', '/etc/shadow', 'C:\\x', '~/.ssh', '-rf', '.bashrc', 'con', 'nul.txt', 'aux'],
    ...[
      '=1+1',
      '+cmd',
      '@SUM(1)',
      '<script>alert(1)</script>',
      '"><img src=x>',
      '`id`',
      '$(id)',
      "' OR 1=1 --",
      '%s%n',
      '${7*7}',
    ],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'x\u0301'.repeat(40),
      '\u0e47'.repeat(80),
      'a'.repeat(180),
      '\u2028',
      '\u2029',
    ],
    ...['file.pdf\u0000.exe', 'invoice\u202efdp.exe', '\u{e0001}', '\u{1f468}\u200d\u{1f469}'],
  ];
  const around = [(name: string) => name, (name: string) => `${name}.pdf`, (name: string) => `extract ${name}`];
  const wound = [(name: string) => `a${name}b`, (name: string) => `${name}${name}`];
  return [...around, ...wound].flatMap((wind) => payloads.map((payload) => wind(payload).slice(0, 190)));
}
