/** One workflow command, as the host's runner reads it from a line of the log. */
export type WorkflowCommand = {
  name: string;
  properties: Record<string, string>;
  message: string;
};

const COMMANDS = [
  'error',
  'warning',
  'notice',
  'debug',
  'group',
  'add-mask',
  'stop-commands',
  'set-output',
];

/** In the order of the runner: `%25` last, so that what was escaped twice is undone once. */
const unescapeData = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

const unescapeProperty = (text: string): string =>
  unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));

const readProperties = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at), unescapeProperty(part.slice(at + 1))];
      }),
  );

/** `::name key=value,key=value::message`, blanks before it allowed; undefined where a line is none. */
const parseCommand = (line: string): WorkflowCommand | undefined => {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end === -1) return undefined;
  const info = text.slice(2, end);
  const blank = info.indexOf(' ');
  const name = blank === -1 ? info : info.slice(0, blank);
  if (!COMMANDS.includes(name)) return undefined;
  const properties = blank === -1 ? {} : readProperties(info.slice(blank + 1).trim());
  return { name, properties, message: unescapeData(text.slice(end + 2)) };
};

/** The older form, `##[name]message`, which the runner finds anywhere in a line that is no new one. */
const hasOldCommand = (line: string): boolean => line.includes('##[');

/** The commands of a log, and its other lines; a line that is an old command is an error. */
export const readLog = (log: string): { commands: WorkflowCommand[]; lines: string[] } => {
  const commands: WorkflowCommand[] = [];
  const lines: string[] = [];
  for (const line of log.split(/\r\n|\n|\r/)) {
    const command = parseCommand(line);
    if (command) commands.push(command);
    else if (hasOldCommand(line)) throw new Error(`an old command: ${line}`);
    else lines.push(line);
  }
  return { commands, lines };
};
