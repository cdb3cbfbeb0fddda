// Puts the layers on Folium's map, in their order, and lets the legend switch them.
function geoServiceMap(map, data) {
  const scale = textScale();
  const wide = window.matchMedia("(min-width: 46rem)").matches;
  const panel = document.getElementById("panel");
  const fold = panel.querySelector("details");
  fold.open = wide;
  for (const box of document.querySelectorAll("#panel, #finder")) {
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
  }
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  L.control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: Math.round(120 * scale), position: "bottomleft" }).addTo(map);

  const popup = popupOptions();
  const fit = (bounds) => map.fitBounds(bounds, {
    animate: false, maxZoom: 15, paddingTopLeft: [wide ? 24 : 8, 12],
    paddingBottomRight: [wide ? panel.offsetWidth + 24 : 8, 24],
  });
  fit(data.places[0]);

  const cluster = L.markerClusterGroup({
    maxClusterRadius: (zoom) => scale * (zoom < 8 ? 18 : zoom < 9 ? 17 : zoom < 12 ? 19 : 13),
    iconCreateFunction: (one) => clusterIcon(one, scale), showCoverageOnHover: false,
    spiderLegPolylineOptions: { weight: 1.2, color: "#1D2733", opacity: 0.6 },
    animate: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.on("layeradd", ({ layer: one }) => {
    if (one.getAllChildMarkers) one.getElement().setAttribute("aria-label", one.said);
  });

  // From the ground up; one canvas, so the order of drawing is the order of this list.
  const stack = [];
  const land = data.layers.find((layer) => layer.id === data.land);
  if (land) stack.push({ make: () => landLayer(land, data.tiles), on: true, from: 0 });
  for (const id of data.order) {
    const layer = data.layers.find((one) => one.id === id);
    if (layer.role === "points") continue;
    const make = () => (layer.role === "zoning" ? zoningLayer(layer, scale)
      : layer.role === "limit" ? limitLayer(layer, scale, popup) : areaLayer(layer, map, scale, popup));
    stack.push({ id, make, on: layer.shown, from: id === "communes" ? 8.6 : 0 });
  }
  const points = new Map(data.layers.filter((one) => one.role === "points").map((one) => [one.id, markers(one, scale, popup)]));
  for (const layer of data.layers) if (points.has(layer.id) && layer.shown) cluster.addLayers(points.get(layer.id));

  function restack() {
    for (const entry of stack) {
      const wanted = entry.on && map.getZoom() >= entry.from;
      if (wanted && !entry.group) entry.group = entry.make(); // thousands of communes wait for their scale
      if (wanted) entry.group.addTo(map).eachLayer((one) => one.bringToFront());
      else if (entry.group) map.removeLayer(entry.group);
    }
  }
  restack();
  const size = () => { map.getContainer().dataset.far = [11.5, 9, 7.5].filter((limit) => map.getZoom() < limit).length; };
  size();
  map.on("zoomend", restack).on("zoomend", size);
  map.addLayer(cluster);
  const names = placeNames(map, data.layers, scale);
  names(true);
  cluster.on("animationend", () => names());

  function turn(id, on) {
    if (id === "names") names(on);
    else if (points.has(id)) cluster[on ? "addLayers" : "removeLayers"](points.get(id));
    else {
      stack.find((one) => one.id === id).on = on;
      restack();
    }
  }
  const boxes = [...panel.querySelectorAll("input[data-layer]")];
  for (const box of boxes) box.addEventListener("change", () => turn(box.dataset.layer, box.checked));

  function show(layer, row) {
    const box = boxes.find((one) => one.dataset.layer === layer.id);
    if (box && !box.checked) { box.checked = true; turn(layer.id, true); }
    if (layer.marker) cluster.zoomToShowLayer(layer.marker(row), () => layer.marker(row).openPopup());
    else {
      if (!layer.shapes[row].length) return;
      const bounds = L.polygon(unpack(layer.shapes[row])).getBounds();
      fit(bounds);
      L.popup(popup).setLatLng(bounds.getCenter()).setContent(describe(layer, row)).openOn(map);
    }
  }
  nameSearch(map, data.layers, show);
  const jump = document.getElementById("jump");
  if (jump) jump.addEventListener("change", () => fit(data.places[Number(jump.value)]));
}
