import type { Command } from '../command.ts';

export const charterInit: Command = {
  name: 'charter init',
  summary: 'begin with a template: charter.yaml and roster.yaml, with comments that teach',
  places: [],
  remote: false,
  options: [
    { name: 'template', value: 'NAME', text: 'start-up, mid-size or regulated' },
    { name: 'dir', value: 'DIR', text: 'where they are written; here by default' },
  ],
  run: async (call) => {
    const { beginCharter, CHARTER_TEMPLATES } = await import('../../app/index.ts');
    const given = call.required('template');
    const template = CHARTER_TEMPLATES.find((name) => name === given);
    if (template === undefined) {
      return call.usage(`--template is one of ${CHARTER_TEMPLATES.join(', ')}`);
    }
    const files = beginCharter(template, call.option('dir') ?? '.');
    call.answer({ template, ...files }, () => {
      const { charter, roster } = files;
      return `${charter}\n${roster}\nNext: firebreak charter prove ${charter} --roster ${roster}\n`;
    });
    return 0;
  },
};
