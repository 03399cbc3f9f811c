// Charts of tables that stand beside them: everything drawn is read from the table, and without this file the
// table says it alone.
/** @type {any} */
const echarts = /** @type {any} */ (globalThis).echarts;
const INK = "#1b3a6b", GOLD = "#b9975b", SEAL = "#a8322a", LINE = "#d6dad5";

/** @param {Element} row @param {string} which @returns {number | null} */
function value(row, which) {
  const cell = row.querySelector(which);
  const said = cell instanceof HTMLElement ? cell.dataset.value : "";
  return said ? Number(said) : null;
}

/** @param {HTMLElement} place */
function read(place) {
  const table = document.getElementById(place.dataset.of ?? "");
  const rows = [...(table?.querySelectorAll("tbody tr") ?? [])];
  const rate = `td[data-rate="${place.dataset.rate}"]`;
  return rows.map((row) => ({
    name: row.querySelector("th")?.textContent?.trim() ?? "",
    recordings: value(row, "td:nth-of-type(1)"),
    acts: value(row, "td:nth-of-type(3)"),
    rate: (value(row, rate) ?? NaN) / 10,
  }));
}

/** @param {HTMLElement} place @param {ReturnType<typeof read>} rows */
function bars(place, rows) {
  const shown = rows.filter((row) => !Number.isNaN(row.rate)).slice(0, 40).reverse();
  place.style.height = `${Math.max(140, 60 + shown.length * 26)}px`;
  return {
    grid: { left: 10, right: 60, top: 36, bottom: 10, containLabel: true },
    title: { text: `${place.dataset.title} %`, textStyle: { fontSize: 13, color: INK } },
    tooltip: { trigger: "axis" },
    xAxis: { type: "value", max: 100, splitLine: { lineStyle: { color: LINE } } },
    yAxis: { type: "category", data: shown.map((row) => row.name) },
    series: [{
      type: "bar", barMaxWidth: 18, data: shown.map((row) => row.rate), itemStyle: { color: INK },
      label: { show: true, position: "right", formatter: "{c} %" },
    }],
  };
}

/** @param {HTMLElement} place @param {ReturnType<typeof read>} rows */
function trend(place, rows) {
  place.style.height = "280px";
  const { title = "", recordings = "", acts = "" } = place.dataset;
  return {
    grid: { left: 10, right: 10, top: 44, bottom: 10, containLabel: true },
    legend: { top: 4, data: [recordings, acts, `${title} %`] },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: rows.map((row) => row.name) },
    yAxis: [
      { type: "value", minInterval: 1, splitLine: { lineStyle: { color: LINE } } },
      { type: "value", max: 100, min: 0, splitLine: { show: false } },
    ],
    series: [
      { name: recordings, type: "bar", barMaxWidth: 22, data: rows.map((row) => row.recordings), itemStyle: { color: INK } },
      { name: acts, type: "bar", barMaxWidth: 22, data: rows.map((row) => row.acts), itemStyle: { color: GOLD } },
      {
        name: `${title} %`, type: "line", yAxisIndex: 1, itemStyle: { color: SEAL },
        data: rows.map((row) => (Number.isNaN(row.rate) ? null : row.rate)),
      },
    ],
  };
}

for (const place of document.querySelectorAll("[data-chart]")) {
  if (!(place instanceof HTMLElement) || !echarts) continue;
  const rows = read(place);
  const isBars = place.dataset.chart === "bars";
  if (rows.filter((row) => !isBars || !Number.isNaN(row.rate)).length < 2) continue;
  place.hidden = false;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", place.dataset.title ?? "");
  const options = isBars ? bars(place, rows) : trend(place, rows);
  const chart = echarts.init(place, null, { renderer: "canvas" });
  chart.setOption({ animation: false, ...options });
  window.addEventListener("resize", () => chart.resize());
}
