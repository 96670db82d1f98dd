// How long does it take to add a member to a set, depending on its length, on whether the set already has it, and on whether the
// copying of its text is included?

import { type Bench, type Budget, checkResult, ENGINES, required, type Suite } from '../suite.js';
import { timeByDuration } from '../timing.js';
import { drawMembers, MEMBERS, type SetContender } from './members.js';

interface SetBench extends Bench {
  readonly length: number;
  readonly areNew: boolean;
  readonly isCopyingTimed: boolean;
}

const HASHING = 'How long does an engine take to hash a member of this length, and to find it in the set?';

const HASHING_NEW = 'How long does an engine take to hash a member of this length, and to add it to a set that has to grow?';
const ADDING_NEW = 'How long does it take to add a new string to a set, copying included, compared with a Set of strings?';

const BENCHES: readonly SetBench[] = [
  setBench('8 characters, hashed', HASHING, 8, false, false),
  { ...setBench('36 characters, hashed', HASHING, 36, false, false), quickContenders: ENGINES },
  setBench('200 characters, hashed', HASHING, 200, false, false),
  setBench('36 characters, hashed, new', HASHING_NEW, 36, true, false),
  setBench(
    '36 characters, copied and hashed',
    'How long does it take to add a string that the set has, copying included, compared with a Set of strings?',
    36,
    false,
    true,
  ),
  setBench('36 characters, copied and hashed, new', ADDING_NEW, 36, true, true),
];

function setBench(name: string, question: string, length: number, areNew: boolean, isCopyingTimed: boolean): SetBench {
  const contenders = isCopyingTimed ? [...ENGINES, 'native Set'] : ENGINES;
  return { name, question, unit: 'ns', per: 'member', contenders, length, areNew, isCopyingTimed };
}

const CONTENDERS: Record<string, (isCopyingTimed: boolean) => Promise<SetContender>> = {
  wasm: async (isCopyingTimed) => (await import('./engines.js')).createEngineContender('wasm', isCopyingTimed),
  js: async (isCopyingTimed) => (await import('./engines.js')).createEngineContender('js', isCopyingTimed),
  'native Set': async () => (await import('./native.js')).createNativeContender(),
};

/** Adding members to sets, by length. */
export const sets: Suite = {
  name: 'sets',
  benches: BENCHES,

  async prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const { length, areNew, isCopyingTimed } = required(
      BENCHES.find(({ name }) => name === bench),
      bench,
    );
    const members = drawMembers(length, areNew);
    const { fill, add, drain } = await required(CONTENDERS[contender], contender)(isCopyingTimed);
    fill(members.fresh());
    add();
    checkResult(`${contender}, ${bench}`, drain(), members.distinct);

    const before = (): void => {
      drain();
      fill(members.fresh());
    };
    const run = (): undefined | { overriddenDuration: number } => {
      const milliseconds = add();
      return milliseconds === undefined ? undefined : { overriddenDuration: milliseconds };
    };
    return async () => ((await timeByDuration({ run, before, isAsync: false }, budget)) * 1e6) / MEMBERS;
  },
};
