// The tab's address names the desk that is worked on there, so that a reload finds it; no step back is added.

const NAME = "desk";

function name(id) {
  const address = new URL(location.href);
  if (!id || address.searchParams.get(NAME) === id) return;
  address.searchParams.set(NAME, id);
  history.replaceState(history.state, "", address);
}

export default function ({ data }) {
  name(data.id);
}
