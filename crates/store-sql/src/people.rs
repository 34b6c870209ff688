//! Persons: sealed at rest, found by keyed hashes of whole values, opened with a look.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, as_json, get, json, within},
    looks,
    seal::Keyring,
    trouble::fault,
};
use linli_model::{
    AreaId, AreaPath, Fault,
    format::{id_number::IdNumber, phone::Phone},
};
use linli_store::{
    CommitError, Look, MaskedPerson, Page, PageAsk, PeopleStore, Person,
    people::{ChainVerdict, ChainedLook, PersonId},
};
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};

/// What is sealed together beside the name.
#[derive(Serialize, Deserialize)]
struct Rest {
    id_number: Option<String>,
    phone: Option<String>,
    residence: String,
    registered_here: bool,
    contact_name: Option<String>,
    contact_phone: Option<String>,
}

/// 张**: the first character, and a star for each other, two at least.
fn masked(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(String::from).unwrap_or_default();
    format!("{first}{}", "*".repeat(chars.count().clamp(1, 3)))
}

pub(crate) async fn set(tx: &Transaction, keys: &Keyring, p: &Person) -> Result<(), CommitError> {
    let rest = Rest {
        id_number: p.id_number.clone(),
        phone: p.phone.clone(),
        residence: p.residence.clone(),
        registered_here: p.registered_here,
        contact_name: p.contact_name.clone(),
        contact_phone: p.contact_phone.clone(),
    };
    let rest = serde_json::to_string(&rest).expect("plain data");
    let values: Vec<Value> = vec![
        p.id.to_string().into(),
        p.dwelling.as_str().into(),
        p.dwelling_path.as_str().into(),
        keys.seal("person.name", p.id, &p.name).into(),
        keys.matching("person.name", &p.name).into(),
        masked(&p.name).into(),
        p.phone.as_ref().map(|v| keys.matching("person.phone", v)).into(),
        p.id_number.as_ref().map(|v| keys.matching("person.id_number", v)).into(),
        keys.seal("person.rest", p.id, &rest).into(),
        as_json(&p.populations),
    ];
    let sql = "INSERT INTO persons (id, dwelling, area_path, name_sealed, name_hash, masked, phone_hash, id_hash, rest_sealed, populations) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET dwelling = excluded.dwelling, \
               area_path = excluded.area_path, name_sealed = excluded.name_sealed, name_hash = excluded.name_hash, \
               masked = excluded.masked, phone_hash = excluded.phone_hash, id_hash = excluded.id_hash, \
               rest_sealed = excluded.rest_sealed, populations = excluded.populations";
    run(tx, sql, values).await.map(drop)
}

impl SqlStore {
    fn person(&self, row: &QueryResult) -> Result<Person, Fault> {
        let person: PersonId = id(row, 0)?;
        let rest = self.keys.open("person.rest", person, &get::<Vec<u8>>(row, 4)?)?;
        let rest: Rest = serde_json::from_str(&rest).map_err(|e| Fault::lasting(e.to_string()))?;
        Ok(Person {
            id: person,
            dwelling: AreaId(get(row, 1)?),
            dwelling_path: AreaPath(get(row, 2)?),
            name: self.keys.open("person.name", person, &get::<Vec<u8>>(row, 3)?)?,
            id_number: rest.id_number,
            phone: rest.phone,
            residence: rest.residence,
            registered_here: rest.registered_here,
            contact_name: rest.contact_name,
            contact_phone: rest.contact_phone,
            populations: json(row, 5)?,
        })
    }
}

const PERSON: &str = "SELECT id, dwelling, area_path, name_sealed, rest_sealed, populations FROM persons";

#[async_trait::async_trait]
impl PeopleStore for SqlStore {
    async fn open_person(&self, id: PersonId, why: &Look) -> Result<Option<Person>, Fault> {
        let tx = self.db.begin().await?;
        let row =
            tx.find(&format!("{PERSON} WHERE id = $1"), vec![id.to_string().into()]).await.map_err(fault)?;
        let Some(row) = row else { return Ok(None) };
        let person = self.person(&row)?;
        // Whatever the caller wrote: the log says whose record it was.
        let look = Look { person: person.id.to_string(), ..why.clone() };
        looks::add(&tx, &self.keys, &look).await?;
        tx.commit().await.map_err(fault)?;
        Ok(Some(person))
    }

    async fn people(
        &self,
        areas: &[AreaPath],
        asked: Option<&str>,
        page: &PageAsk,
    ) -> Result<Page<MaskedPerson>, Fault> {
        let mut values = Vec::new();
        let mut condition = within("area_path", areas, &mut values);
        if let Some(asked) = asked {
            let asked = asked.trim();
            // In the one form numbers are kept in, however they are written.
            let phone = Phone::parse(asked).map_or(asked.to_owned(), |p| p.as_str().to_owned());
            let number = IdNumber::parse(asked).map_or(asked.to_owned(), |n| n.as_str().to_owned());
            let fields = [("person.name", asked), ("person.phone", &phone), ("person.id_number", &number)];
            for (field, asked) in fields {
                values.push(self.keys.matching(field, asked).into());
            }
            values.push(asked.into());
            let n = values.len();
            condition = format!(
                "{condition} AND (name_hash = ${} OR phone_hash = ${} OR id_hash = ${} OR dwelling = ${n})",
                n - 3,
                n - 2,
                n - 1
            );
        }
        if let Some(after) = &page.after {
            values.push(after.as_str().into());
            condition = format!("{condition} AND id > ${}", values.len());
        }
        let limit = page.limit.clamp(1, linli_store::PAGE_ROWS_MAX);
        let sql = format!(
            "SELECT id, masked, dwelling, area_path, populations FROM persons WHERE {condition} ORDER BY id LIMIT {}",
            limit + 1
        );
        let rows = self.db.all(&sql, values).await?;
        let mut items = rows
            .iter()
            .map(|r| {
                Ok(MaskedPerson {
                    id: id(r, 0)?,
                    name_masked: get(r, 1)?,
                    dwelling: AreaId(get(r, 2)?),
                    dwelling_path: AreaPath(get(r, 3)?),
                    populations: json(r, 4)?,
                })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|p| p.id.to_string());
        Ok(Page { items, next })
    }

    async fn person_place(&self, id: PersonId) -> Result<Option<AreaPath>, Fault> {
        let row =
            self.db.find("SELECT area_path FROM persons WHERE id = $1", vec![id.to_string().into()]).await?;
        row.map(|r| get(&r, 0).map(AreaPath)).transpose()
    }

    async fn care_contact(
        &self,
        dwelling: &AreaId,
        why: &Look,
    ) -> Result<Option<(String, Option<String>)>, Fault> {
        let tx = self.db.begin().await?;
        let sql = format!("{PERSON} WHERE dwelling = $1 AND populations <> '[]' ORDER BY id LIMIT 1");
        let row = tx.find(&sql, vec![dwelling.as_str().into()]).await.map_err(fault)?;
        let Some(row) = row else { return Ok(None) };
        let person = self.person(&row)?;
        // Whatever the caller wrote: the log says whose record it was.
        let look = Look { person: person.id.to_string(), ..why.clone() };
        looks::add(&tx, &self.keys, &look).await?;
        tx.commit().await.map_err(fault)?;
        Ok(person.contact_name.map(|name| (name, person.contact_phone)))
    }

    async fn looks(&self, page: &PageAsk) -> Result<Page<ChainedLook>, Fault> {
        looks::page(self, page).await
    }

    async fn verify_looks(&self) -> Result<ChainVerdict, Fault> {
        looks::verify(self).await
    }
}
