// Estate, building, door: lists, because a list works in a basement and a position does not.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api';
import type { AreaRow } from '../types';
import { say } from '../words';
import { Button, Loading, Trouble } from './parts';
import { firstChoice, lastPlace, partsOf, type Spot } from './places';

export function PlacePicker({ onChoose }: { onChoose: (spot: Spot) => void }) {
  const areas = useQuery({ queryKey: ['areas'], queryFn: () => read<AreaRow[]>('/areas'), staleTime: 600_000 });
  const [chosen, setChosen] = useState<AreaRow | null | undefined>(undefined);
  if (areas.isPending) return <Loading />;
  if (areas.isError) return <Trouble>{say('failed', areas.error.message)}</Trouble>;
  const all = areas.data.body;
  const here = chosen === undefined ? firstChoice(all) : chosen;
  const parts = partsOf(all, here?.id ?? null);
  const last = lastPlace();
  const step = (area: AreaRow) => {
    if (partsOf(all, area.id).length === 0) onChoose({ id: area.id, name: fullName(all, area) });
    else setChosen(area);
  };
  return (
    <>
      {last && chosen === undefined && (
        <Button kind="quiet" onClick={() => onChoose(last)}>{say('last_place', last.name)}</Button>
      )}
      {here && (
        <Button kind="quiet" onClick={() => onChoose({ id: here.id, name: fullName(all, here) })}>
          {say('whole', here.name)}
        </Button>
      )}
      <div className="tiles">
        {parts.map((area) => (
          <button type="button" key={area.id} className="chip" onClick={() => step(area)}>
            {area.name}
          </button>
        ))}
      </div>
      {here?.parent && chosen && (
        <Button kind="plain" onClick={() => setChosen(all.find((a) => a.id === here.parent) ?? null)}>{say('back')}</Button>
      )}
    </>
  );
}

/** `田林十二村41号`: the estate's name before the building's, unless the name has it already. */
function fullName(all: AreaRow[], area: AreaRow): string {
  const estate = upward(all, area).find((a) => a.level === 'estate');
  return !estate || area.name.startsWith(estate.name) || area.id === estate.id ? area.name : estate.name + area.name;
}

function upward(all: AreaRow[], area: AreaRow): AreaRow[] {
  const above: AreaRow[] = [];
  for (let next: AreaRow | undefined = area; next; next = all.find((a) => a.id === next?.parent)) above.push(next);
  return above;
}
