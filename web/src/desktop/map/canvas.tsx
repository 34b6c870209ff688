// The drawing: our own shapes, no tiles and no fonts from anywhere; marks are buttons over it.

import type * as GeoJSON from 'geojson';
import { Map as MapView, Marker, NavigationControl, setWorkerUrl, type ExpressionSpecification } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useRef, useState } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useNight } from '../shell/theme';
import { bounds, middle, type Building } from './buildings';
import { marksOf, SINGLE_FROM, type Mark } from './marks';

setWorkerUrl(workerUrl);

interface Props {
  shapes: GeoJSON.FeatureCollection;
  buildings: Building[];
  chosen: string | null;
  onChoose: (id: string | null) => void;
}

/** As the list beside the map marks them. */
const SIGNS: Record<string, string> = { alarm: '▲', urgent: '◆' };

/** How high a mark is, with a little air. */
const MARK_PX = 28;

/** From farther away names would lie on each other. */
const LABELS_FROM = 15.5;

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export default function Canvas({ shapes, buildings, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const { night } = useNight();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapView | null>(null);
  const [zoom, setZoom] = useState(0);
  const choose = useRef(onChoose);
  choose.current = onChoose;

  useEffect(() => {
    const extent = bounds(shapes.features.map((f) => f.geometry));
    if (!box.current || !extent) return;
    const drawn = new MapView({
      container: box.current,
      bounds: extent,
      fitBoundsOptions: { padding: 40 },
      attributionControl: false,
      style: {
        version: 8,
        sources: { shapes: { type: 'geojson', data: shapes } },
        layers: [
          { id: 'ground', type: 'background', paint: { 'background-color': token('--ground') } },
          { id: 'areas', type: 'fill', source: 'shapes', filter: ['all', ['==', ['geometry-type'], 'Polygon'], ['!=', ['get', 'level'], 'building']], paint: { 'fill-color': token('--paper') } },
          { id: 'buildings', type: 'fill', source: 'shapes', filter: ['==', ['get', 'level'], 'building'], paint: { 'fill-color': token('--line') } },
          { id: 'edges', type: 'line', source: 'shapes', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'line-color': token('--soft'), 'line-width': ['case', ['==', ['get', 'level'], 'building'], 1, 0.5] } },
          { id: 'doors', type: 'circle', source: 'shapes', minzoom: 17, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 3, 'circle-color': token('--soft') } },
        ],
      },
    });
    drawn.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    drawn.on('click', 'buildings', (e) => choose.current(String(e.features?.[0]?.properties.id ?? '') || null));
    drawn.on('mouseenter', 'buildings', () => { drawn.getCanvas().style.cursor = 'pointer'; });
    drawn.on('mouseleave', 'buildings', () => { drawn.getCanvas().style.cursor = ''; });
    // By halves, so that marks do not change with every turn of the wheel.
    const told = () => setZoom(Math.floor(drawn.getZoom() * 2) / 2);
    drawn.on('zoomend', told);
    drawn.on('load', () => {
      told();
      setMap(drawn);
    });
    return () => {
      setMap(null);
      drawn.remove();
    };
  }, [shapes, night]);

  useEffect(() => {
    map?.setPaintProperty('buildings', 'fill-color', colours(buildings, chosen));
  }, [map, buildings, chosen]);

  useEffect(() => {
    if (!map) return;
    const marks = marksOf(buildings, zoom).map((mark) => {
      const button = buttonOf(mark, chosen, t);
      const only = mark.members.length === 1 ? mark.members[0] : undefined;
      button.addEventListener('click', (e) => {
        e.stopPropagation();
        if (only) choose.current(only.id);
        else map.easeTo({ center: mark.at, zoom: Math.min(map.getZoom() + 2, SINGLE_FROM) });
      });
      return new Marker({ element: button, offset: [0, -MARK_PX * mark.above] }).setLngLat(mark.at).addTo(map);
    });
    return () => marks.forEach((mark) => mark.remove());
  }, [map, buildings, chosen, zoom, t]);

  useEffect(() => {
    if (!map) return;
    const labels = namesOf(shapes).map(({ at, text }) => {
      const label = document.createElement('span');
      label.className = 'map-label';
      label.textContent = text;
      return new Marker({ element: label, anchor: 'top', offset: [0, 12] }).setLngLat(at).addTo(map);
    });
    const tell = () => map.getContainer().toggleAttribute('data-far', map.getZoom() < LABELS_FROM);
    tell();
    map.on('zoom', tell);
    return () => {
      map.off('zoom', tell);
      labels.forEach((label) => label.remove());
    };
  }, [map, shapes]);

  return <div ref={box} role="region" aria-label={t('map.drawing')} />;
}

/** Of one building or of several near each other: their count, and by sign, shape and colour the gravest and what is late. */
function buttonOf(mark: Mark, chosen: string | null, t: TFunction): HTMLButtonElement {
  const [first, second] = mark.members;
  const named = first && !second && first.grounds ? first.name : '';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = ['map-marker', mark.worst.code, second ? 'several' : '', mark.overdue > 0 ? 'late' : ''].filter(Boolean).join(' ');
  button.textContent = [named, SIGNS[mark.worst.code] ?? '', mark.open].filter(Boolean).join(' ');
  const said = { n: mark.open, m: mark.members.length, name: first?.name, worst: mark.worst.label, late: mark.overdue };
  button.setAttribute('aria-label', t(second ? 'map.several_open' : 'map.building_open', said));
  button.title = t(second ? 'map.several_open' : 'map.building_open', said);
  if (!second) button.setAttribute('aria-pressed', String(first?.id === chosen));
  return button;
}

/** Names of buildings without what all of them begin with (the estate's). */
function namesOf(shapes: GeoJSON.FeatureCollection): { at: [number, number]; text: string }[] {
  const buildings = shapes.features.filter((f) => f.properties?.level === 'building');
  const others = shapes.features.filter((f) => f.properties?.level !== 'building').map((f) => String(f.properties?.name ?? ''));
  return buildings.flatMap((f) => {
    const at = middle(f.geometry);
    const name = String(f.properties?.name ?? '');
    const estate = others.find((other) => other !== '' && name.startsWith(other) && name !== other) ?? '';
    return at ? [{ at, text: name.slice(estate.length) }] : [];
  });
}

/** Buildings with something open are tinted; the chosen one stands out. */
function colours(buildings: Building[], chosen: string | null): ExpressionSpecification {
  const worst = (code: string) => buildings.filter((b) => b.worst.code === code).map((b) => b.id);
  const some = buildings.map((b) => b.id);
  return [
    'case',
    ['==', ['get', 'id'], chosen ?? ''], token('--accent'),
    ['in', ['get', 'id'], ['literal', worst('alarm')]], token('--danger-ground'),
    ['in', ['get', 'id'], ['literal', worst('urgent')]], token('--warn-ground'),
    ['in', ['get', 'id'], ['literal', some]], token('--accent-ground'),
    token('--line'),
  ];
}
