//! What a restore of a database has to know beside its point: the machine that it goes to, where its files go, and the times
//! that log backups cover.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::RecoveryServicesRestore;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{DatabaseFile, LogChain, LogRange, ProtectionContainerId, SqlInstance};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::point::newest_instant;
use crate::restore::record::{RestoredFile, instant};

/// Longest part of a file's name that is taken from another name: paths of Windows are short.
const LONGEST_PART: usize = 60;

/// Where a database or its files go.
#[derive(Clone, Debug)]
pub struct DatabaseTarget {
    /// The argument that names it.
    pub argument: ArgumentPath,
    /// The container of the machine.
    pub container: ProtectionContainerId,
    /// What becomes of the files of the database.
    pub files: FilePlacement,
}

/// Where the files of a database go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePlacement {
    /// The service decides.
    ByTheService,
    /// Into the default directories of this instance, under names that are made for this database.
    DefaultDirectories {
        /// The instance.
        instance: String,
        /// The database.
        database: String,
    },
    /// To these places.
    Given {
        /// The argument that names them.
        argument: ArgumentPath,
        /// Each file by its logical name, and its path.
        moves: Vec<(String, String)>,
    },
}

/// What a request for a database names beside its arguments. Nothing of it for other items.
#[derive(Clone, Copy, Debug, Default)]
pub struct DatabaseFacts<'a> {
    /// The instant that is restored; none: a point is.
    pub instant: Option<OffsetDateTime>,
    /// ARM id of the machine that is restored to; none: where the database is, or the service does not say.
    pub target_machine: Option<&'a str>,
    /// Where each file goes; empty: where the target has its files.
    pub files: &'a [RestoredFile],
}

/// What is known of the target before anything is sent.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundTarget {
    pub(super) machine: Option<String>,
    pub(super) files: Vec<RestoredFile>,
}

impl RecoveryServicesRestore {
    /// Looks at the target. `files` are those of the database, where they are known already; else the point is asked.
    pub(super) async fn find_database_target(
        &self,
        point: &str,
        files: Vec<DatabaseFile>,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<FoundTarget, RestoreError> {
        let Some(DatabaseTarget { argument, container, files: placement }) = &self.database_target else {
            return Ok(FoundTarget::default());
        };
        let machine = self.client().machine_of(container, deadline).await.map_err(|error| {
            if !error.is_not_found() {
                return RestoreError::from(error);
            }
            let text = format!(
                "No machine is registered as {:?} in vault {:?}. Register the virtual machine with this vault first.",
                container.resource_id().decoded_name(),
                container.vault().name()
            );
            let argument = argument.clone().member("container_id");
            RestoreError::Missing { argument, text, error: Box::new(error) }
        })?;
        if *placement == FilePlacement::ByTheService {
            return Ok(FoundTarget { machine, files: Vec::new() });
        }
        let files = match files.is_empty() {
            true => self.named(point, deadline).await?.map(|point| point.database_files).unwrap_or_default(),
            false => files,
        };
        let files = match placement {
            FilePlacement::ByTheService => Vec::new(),
            FilePlacement::DefaultDirectories { .. } if files.is_empty() => {
                let _ = self.cache.unlisted_files.set(UNLISTED_FILES.to_owned());
                Vec::new()
            }
            FilePlacement::DefaultDirectories { instance, database } => {
                let instances = self.client().sql_instances(container, deadline).await?;
                let directories = default_directories(&instances, instance)
                    .map_err(|reason| RestoreError::wrong(argument.clone().member("instance"), reason))?;
                placed(&files, directories, database, now)
                    .map_err(|reason| RestoreError::wrong(argument.clone(), reason))?
            }
            FilePlacement::Given { argument, moves } => {
                moved(&files, moves).map_err(|reason| RestoreError::wrong(argument.clone(), reason))?
            }
        };
        Ok(FoundTarget { machine, files })
    }

    /// The instant to restore, in whole seconds, and the files of the database. None: the newest.
    pub(super) async fn covered_instant(
        &self,
        at: Option<OffsetDateTime>,
        deadline: &Deadline,
    ) -> Result<(OffsetDateTime, Vec<DatabaseFile>), RestoreError> {
        let LogChain { ranges, files } = self.jobs.copy().log_chain(&self.item, deadline).await?;
        let wrong = |reason| RestoreError::wrong(self.instant_argument.clone(), reason);
        let Some(newest) = newest_instant(ranges.iter().map(|range| (range.start, range.end))) else {
            return Err(wrong(NO_LOGS.to_owned()));
        };
        let Some(at) = at else { return Ok((newest, files)) };
        let at = at.replace_nanosecond(0).unwrap_or(at);
        match ranges.iter().any(|range| range.contains(at)) {
            true => Ok((at, files)),
            false => Err(wrong(not_covered(at, &ranges))),
        }
    }

    /// A warning if log backups reach later than a point that was chosen as the newest. What cannot be read says nothing.
    pub(super) async fn later_logs(&self, point: Option<OffsetDateTime>, deadline: &Deadline) -> Option<String> {
        let chain: Result<LogChain, ArmError> = self.jobs.copy().log_chain(&self.item, deadline).await;
        let ranges = match chain {
            Ok(chain) => chain.ranges,
            Err(error) => {
                tracing::info!(%error, "whether log backups reach later than the point cannot be read");
                return None;
            }
        };
        let (newest, point) = (newest_instant(ranges.iter().map(|range| (range.start, range.end)))?, point?);
        (newest > point).then(|| {
            format!(
                "`latest` restores the newest full, differential or incremental backup, which was taken at {}. Log \
                 backups reach until {}. To restore up to there, use `point_in_time = \"latest\"` instead of \
                 `recovery_point`.",
                instant(point),
                instant(newest)
            )
        })
    }
}

const UNLISTED_FILES: &str = "Azure does not list the files of this database, as it does not for databases with \
                              very many files. They go into the default directories of the target instance, and \
                              `restored_files` is null.";

const NO_LOGS: &str = "Azure lists no log backups of this database, so no point in time can be restored. Use \
                       `recovery_point` instead of `point_in_time`. Log backups need a policy with log backups, and \
                       for SQL Server the full or bulk-logged recovery model.";

/// Why an instant cannot be restored, with the gap that it lies in.
fn not_covered(at: OffsetDateTime, ranges: &[LogRange]) -> String {
    let before = ranges.iter().map(|range| range.end).filter(|end| *end < at).max();
    let after = ranges.iter().map(|range| range.start).filter(|start| *start > at).min();
    let place = match (before, after) {
        (Some(end), Some(start)) => {
            format!("It lies in a gap of the log backups, between {} and {}.", instant(end), instant(start))
        }
        (Some(end), None) => format!("The log backups end at {}.", instant(end)),
        (None, Some(start)) => format!("The log backups begin at {}.", instant(start)),
        (None, None) => String::new(),
    };
    let ranges: String =
        ranges.iter().map(|range| format!("\n  - {} to {}", instant(range.start), instant(range.end))).collect();
    format!("{} cannot be restored. {place} These times can be restored:{ranges}", instant(at))
}

/// The default directories of the instance of this name.
fn default_directories<'a>(instances: &'a [SqlInstance], name: &str) -> Result<&'a [DatabaseFile], String> {
    let Some(found) = instances.iter().find(|instance| instance.is_called(name)) else {
        let names: String = instances.iter().map(|instance| format!("\n  - {}", instance.name)).collect();
        let there = match names.is_empty() {
            true => "Azure lists no instance there. ".to_owned(),
            false => format!("Azure lists these there:{names}\n\n"),
        };
        return Err(format!(
            "There is no SQL Server instance {name:?} on the target machine. {there}If the instance is new, \
             discover the databases of the machine again in the vault. Or set `file_moves`."
        ));
    };
    Ok(&found.default_directories)
}

/// Each file in the default directory of its kind, under a name that no other database uses: those of the target database
/// and of the file, and the time.
fn placed(
    files: &[DatabaseFile],
    directories: &[DatabaseFile],
    database: &str,
    now: OffsetDateTime,
) -> Result<Vec<RestoredFile>, String> {
    let mut taken = HashSet::new();
    let place = |file: &DatabaseFile| {
        let name = logical_name(file)?;
        let directory = directories.iter().find(|own| own.kind == file.kind).ok_or_else(|| {
            let kind = file.kind.as_str().to_lowercase();
            format!(
                "Azure does not list the default directory for {kind} files of the target instance, so the provider \
                 cannot say where they go. Set `file_moves`."
            )
        })?;
        let separator = separator_of(&directory.path);
        let base = format!("{}_{}_{}", file_name(database), file_name(name), now.unix_timestamp());
        let path_of = |number: usize| {
            let number = if number == 0 { String::new() } else { format!("_{number}") };
            let directory = directory.path.trim_end_matches(separator);
            format!("{directory}{separator}{base}{number}{}", extension(&file.path))
        };
        // Names that are shortened may be the same.
        let path = (0..=files.len()).map(path_of).find(|path| taken.insert(path.to_lowercase()));
        Ok(restored(file, name, &path.unwrap_or_default()))
    };
    files.iter().map(place).collect()
}

/// Each file where it was told to go.
fn moved(files: &[DatabaseFile], moves: &[(String, String)]) -> Result<Vec<RestoredFile>, String> {
    if files.is_empty() {
        let text = "Azure does not list the files of this backup, as it does not for databases with very many files. \
                    Remove `file_moves`: the files then go into the default directories of the instance. Or restore \
                    the backup as files with `target_files`.";
        return Err(text.to_owned());
    }
    let names = files.iter().map(logical_name).collect::<Result<Vec<_>, _>>()?;
    if let Some((unknown, _)) = moves.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        return Err(format!("The backup has no file with the logical name {unknown:?}. {}", in_words(&names)));
    }
    let place = |(file, name): (&DatabaseFile, &str)| {
        let target = moves.iter().find(|(own, _)| own == name).map(|(_, target)| target);
        let target = target.ok_or_else(|| {
            format!("It does not say where file {name:?} goes. Name every file. {}", in_words(&names))
        })?;
        Ok(restored(file, name, target))
    };
    files.iter().zip(names.iter().copied()).map(place).collect()
}

fn in_words(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("\n  - {name}")).collect();
    format!("It has these:{names}")
}

fn logical_name(file: &DatabaseFile) -> Result<&str, String> {
    file.logical_name.as_deref().ok_or_else(|| {
        format!(
            "Azure does not give the logical name of file {:?}, so it cannot be moved. Restore the backup as files \
             with `target_files`.",
            file.path
        )
    })
}

fn restored(file: &DatabaseFile, name: &str, target: &str) -> RestoredFile {
    RestoredFile {
        kind: file.kind,
        logical_name: name.to_owned(),
        source_path: file.path.clone(),
        target_path: target.to_owned(),
    }
}

/// SQL Server runs on Linux, too.
fn separator_of(directory: &str) -> char {
    if directory.contains('/') && !directory.contains('\\') { '/' } else { '\\' }
}

/// What of a name may stand in the name of a file.
fn file_name(name: &str) -> String {
    let allowed = |character: char| match character {
        '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        character if character.is_control() => '_',
        character => character,
    };
    name.chars().take(LONGEST_PART).map(allowed).collect()
}

/// With its dot; empty if there is none.
fn extension(path: &str) -> &str {
    let name = path.rsplit(['\\', '/']).next().unwrap_or(path);
    name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::azure::recovery_services::DatabaseFileKind;

    const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn file(kind: DatabaseFileKind, path: &str, name: &str) -> DatabaseFile {
        DatabaseFile { kind, path: path.into(), logical_name: Some(name.into()) }
    }

    fn directory(kind: DatabaseFileKind, path: &str) -> DatabaseFile {
        DatabaseFile { kind, path: path.into(), logical_name: None }
    }

    fn sales() -> Vec<DatabaseFile> {
        vec![
            file(DatabaseFileKind::Data, "C:\\SQL\\sales.db.mdf", "sales"),
            file(DatabaseFileKind::Log, "C:\\SQL\\log", "sales_log"),
        ]
    }

    fn targets(files: &[RestoredFile]) -> Vec<&str> {
        files.iter().map(|file| file.target_path.as_str()).collect()
    }

    #[test]
    fn files_go_into_the_default_directory_of_their_kind_under_names_of_their_own() {
        let windows = [directory(DatabaseFileKind::Log, "G:\\log"), directory(DatabaseFileKind::Data, "F:\\data\\")];
        let found = placed(&sales(), &windows, "R/D: Kunden Ä", NOW).unwrap();
        assert_eq!(
            targets(&found),
            ["F:\\data\\R_D_ Kunden Ä_sales_1795176000.mdf", "G:\\log\\R_D_ Kunden Ä_sales_log_1795176000"]
        );
        let linux = DatabaseFileKind::ALL.map(|kind| directory(kind, "/var/opt/mssql/data"));
        assert_eq!(
            targets(&placed(&sales()[..1], &linux, "copy", NOW).unwrap()),
            ["/var/opt/mssql/data/copy_sales_1795176000.mdf"]
        );
        assert!(placed(&sales(), &windows[1..], "copy", NOW).unwrap_err().contains("Set `file_moves`"));
    }

    #[test]
    fn names_that_are_the_same_when_they_are_shortened_do_not_meet() {
        let long = "x".repeat(100);
        let files = ["1", "2"].map(|end| file(DatabaseFileKind::Data, "C:\\a.ndf", &format!("{long}{end}")));
        let directories = [directory(DatabaseFileKind::Data, "F:\\")];
        let found = placed(&files, &directories, "db", NOW).unwrap();
        assert_ne!(found[0].target_path.to_lowercase(), found[1].target_path.to_lowercase());
        assert!(found[1].target_path.ends_with("_1.ndf"));
    }

    #[test]
    fn a_directory_is_one_of_linux_only_if_it_has_slashes_of_no_other_kind() {
        for (directory, separator) in
            [("/var/opt/mssql/data", '/'), ("C:\\data", '\\'), ("C:\\a/b", '\\'), ("D:", '\\')]
        {
            assert_eq!(separator_of(directory), separator, "{directory}");
        }
    }

    #[test]
    fn what_no_file_may_be_called_is_left_out_of_its_name() {
        assert_eq!(file_name("a\tb\u{7f}c\\d/e:f*g?h\"i<j>k|l m.n"), "a_b_c_d_e_f_g_h_i_j_k_l m.n");
        assert_eq!(file_name(&"x".repeat(LONGEST_PART + 1)), "x".repeat(LONGEST_PART));
    }

    #[test]
    fn every_file_is_told_where_to_go_and_no_other() {
        let to = |name: &str, path: &str| (name.to_owned(), path.to_owned());
        let both = [to("sales_log", "G:\\b"), to("sales", "F:\\a")];
        let found = moved(&sales(), &both).unwrap();
        assert_eq!(targets(&found), ["F:\\a", "G:\\b"]);
        assert_eq!((found[0].source_path.as_str(), found[0].kind), ("C:\\SQL\\sales.db.mdf", DatabaseFileKind::Data));
        let refused = |files: &[DatabaseFile], moves: &[(String, String)]| moved(files, moves).unwrap_err();
        let unplaced = refused(&sales(), &both[1..]);
        assert!(unplaced.contains("where file \"sales_log\" goes"), "{unplaced}");
        assert!(unplaced.ends_with("It has these:\n  - sales\n  - sales_log"), "{unplaced}");
        assert!(refused(&sales(), &[to("other", "F:\\a")]).contains("no file with the logical name \"other\""));
        assert!(refused(&[], &both).contains("very many files"));
    }

    #[test]
    fn the_gap_that_an_instant_lies_in_is_named() {
        let range = |start, end| LogRange { start, end };
        let ranges = [
            range(datetime!(2026-11-01 0:00 UTC), datetime!(2026-11-02 0:00 UTC)),
            range(datetime!(2026-11-03 0:00 UTC), datetime!(2026-11-04 0:00 UTC)),
        ];
        let told = |at| not_covered(at, &ranges);
        let gap = told(datetime!(2026-11-02 12:00 UTC));
        assert!(gap.contains("in a gap of the log backups, between 2026-11-02T00:00:00Z and 2026-11-03T00"), "{gap}");
        assert!(gap.contains("\n  - 2026-11-03T00:00:00Z to 2026-11-04T00:00:00Z"), "{gap}");
        assert!(told(datetime!(2026-11-05 0:00 UTC)).contains("The log backups end at 2026-11-04T00:00:00Z."));
        assert!(told(datetime!(2026-10-05 0:00 UTC)).contains("The log backups begin at 2026-11-01T00:00:00Z."));
    }

    #[test]
    fn an_instance_that_is_not_there_is_told_with_those_that_are() {
        let instance = SqlInstance { name: "MSSQLSERVER".into(), default_directories: Vec::new() };
        assert!(default_directories(std::slice::from_ref(&instance), "mssqlserver").is_ok());
        let told = default_directories(&[instance], "OTHER").unwrap_err();
        assert!(told.contains("no SQL Server instance \"OTHER\"") && told.contains("\n  - MSSQLSERVER"), "{told}");
    }
}
