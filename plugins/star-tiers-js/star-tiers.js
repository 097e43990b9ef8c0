// 志愿者星级, the rule of `plugins/star-tiers`, in JavaScript. A whole number of the interface is a BigInt here, so that
// nothing is counted in floating point; the engine below is full of it all the same, and the component is advisory.

const SERVICE = "service";
const MINUTES = "minutes";
const CYCLE = "cycle_minutes";
/** The setting from which each star is given, the highest first; the star's place in `grades`. */
const STARS = [
  ["star4_minutes", 4],
  ["star3_minutes", 3],
  ["star2_minutes", 2],
  ["star1_minutes", 1],
];

/** Places in the lists of the description. */
const FIGURES = { all: 0, cycles: 1, inside: 2 };
const IN_CYCLE = 0;
const METHOD = 0;
const MISSING = 0;

const minutes = (name, title, max) => ({ name, title, unit: "minutes", min: 1n, max });
const figure = (name, title, unit) => ({ name, title, unit, labels: [] });
const grade = (code, title) => ({ code, title, titleEn: "" });

const description = {
  id: "star-tiers",
  title: "志愿者星级",
  version: "1.0.0",
  settings: [
    minutes(CYCLE, "一轮时长", 10_000_000n),
    minutes("star1_minutes", "一星时长（含）", 10_000_000n),
    minutes("star2_minutes", "二星时长（含）", 10_000_000n),
    minutes("star3_minutes", "三星时长（含）", 10_000_000n),
    minutes("star4_minutes", "四星时长（含）", 10_000_000n),
  ],
  kinds: [{ code: SERVICE, title: "志愿服务", titleEn: "voluntary service" }],
  quantities: [minutes(MINUTES, "服务时长", 1_440_000n)],
  facts: [],
  items: [],
  figures: [
    figure("service_time", "累计时长", "minutes"),
    figure("cycles", "满轮次数", "count"),
    figure("inside", "本轮时长", "minutes"),
  ],
  reasons: [
    {
      code: "IN_CYCLE",
      text: "累计{service_time}，已满{cycles}轮，本轮{inside}",
      textEn: "{service_time} in all, {cycles} cycles, {inside} in this one",
    },
  ],
  clauses: [{ code: "method", title: "志愿者星级认定办法", titleEn: "" }],
  refusals: [
    { code: "MISSING", text: "有一条记录缺少要用的数值", textEn: "a record lacks a number" },
    { code: "NUMBER", text: "计算结果超出整数范围，或者除数不对", textEn: "a number does not fit" },
  ],
  notes: [],
  grades: [grade("0", "未评星"), grade("1", "一星"), grade("2", "二星"), grade("3", "三星"), grade("4", "四星")],
};

const NOTHING = { start: 0, count: 0 };

/** The part of a flat list that a span names. */
const part = (list, { start, count }) => list.slice(start, start + count);

function gradeRow(input, settings, row, answer) {
  let all = 0n;
  const counted = [];
  for (const [place, event] of part(input.events, row.events).entries()) {
    if (input.symbols[event.kind] !== SERVICE) continue;
    const quantities = part(input.quantities, event.quantities);
    const found = quantities.find(({ name }) => input.symbols[name] === MINUTES);
    if (found === undefined) {
      return { refusal: MISSING, grade: undefined, reason: 0, clause: 0, until: undefined, events: NOTHING, figures: NOTHING, state: NOTHING };
    }
    all += found.amount;
    counted.push(row.events.start + place);
  }
  const cycle = settings.get(CYCLE);
  const inside = all % cycle;
  const star = STARS.find(([from]) => inside >= settings.get(from));
  const events = { start: answer.events.length, count: counted.length };
  const figures = { start: answer.figures.length, count: 3 };
  answer.events.push(...counted);
  answer.figures.push(
    { name: FIGURES.all, amount: all },
    { name: FIGURES.cycles, amount: all / cycle },
    { name: FIGURES.inside, amount: inside },
  );
  return { refusal: undefined, grade: star === undefined ? 0 : star[1], reason: IN_CYCLE, clause: METHOD, until: undefined, events, figures, state: NOTHING };
}

export const grader = {
  describe: () => description,
  grade(input) {
    const settings = new Map(input.settings.map(({ name, amount }) => [input.symbols[name], amount]));
    const answer = { rows: [], events: [], figures: [], notes: [], state: new Uint8Array() };
    for (const row of input.rows) answer.rows.push(gradeRow(input, settings, row, answer));
    return answer;
  },
};
