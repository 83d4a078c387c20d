// node tools/with-runtime.mjs FILE ARGS...: installs what is missing, then runs FILE on the pinned Node.
// One process boundary on purpose: a shell remembers where it found `node`, so "install && node x" runs x on the old one.
import { launch } from './launch.mjs';

await launch(process.argv.slice(2));
