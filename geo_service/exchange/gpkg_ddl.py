"""The tables and triggers that make an SQLite file a GeoPackage 1.2 (OGC 12-128r15, annexes C, F).

The statements are those of the standard; names in braces are filled with quoted identifiers.
"""

CORE = (
    f"PRAGMA application_id = {0x47504B47}",
    "PRAGMA user_version = 10200",
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """INSERT INTO gpkg_spatial_ref_sys VALUES
        ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined',
         'undefined Cartesian coordinate reference system'),
        ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined',
         'undefined geographic coordinate reference system')""",
    """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
        srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
        scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

METADATA = (
    """CREATE TABLE IF NOT EXISTS gpkg_metadata (
        id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
        md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
        mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
        reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
        timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
        CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
        CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))""",
    """INSERT OR IGNORE INTO gpkg_extensions VALUES
        ('gpkg_metadata', NULL, 'gpkg_metadata',
         'http://www.geopackage.org/spec120/#extension_metadata', 'read-write'),
        ('gpkg_metadata_reference', NULL, 'gpkg_metadata',
         'http://www.geopackage.org/spec120/#extension_metadata', 'read-write')""",
)

RTREE_EXTENSION = """INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index',
    'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')"""

# They keep the index in step when somebody edits the layer in QGIS, which brings the ST_ functions.
RTREE_TRIGGERS = (
    """CREATE TRIGGER "{prefix}_insert" AFTER INSERT ON {table}
        WHEN (NEW.{shape} NOT NULL AND NOT ST_IsEmpty(NEW.{shape}))
        BEGIN INSERT OR REPLACE INTO {tree} VALUES {box}; END""",
    """CREATE TRIGGER "{prefix}_update1" AFTER UPDATE OF {shape} ON {table}
        WHEN OLD.{key} = NEW.{key} AND (NEW.{shape} NOTNULL AND NOT ST_IsEmpty(NEW.{shape}))
        BEGIN INSERT OR REPLACE INTO {tree} VALUES {box}; END""",
    """CREATE TRIGGER "{prefix}_update2" AFTER UPDATE OF {shape} ON {table}
        WHEN OLD.{key} = NEW.{key} AND (NEW.{shape} ISNULL OR ST_IsEmpty(NEW.{shape}))
        BEGIN DELETE FROM {tree} WHERE id = OLD.{key}; END""",
    """CREATE TRIGGER "{prefix}_update3" AFTER UPDATE ON {table}
        WHEN OLD.{key} != NEW.{key} AND (NEW.{shape} NOTNULL AND NOT ST_IsEmpty(NEW.{shape}))
        BEGIN DELETE FROM {tree} WHERE id = OLD.{key};
        INSERT OR REPLACE INTO {tree} VALUES {box}; END""",
    """CREATE TRIGGER "{prefix}_update4" AFTER UPDATE ON {table}
        WHEN OLD.{key} != NEW.{key} AND (NEW.{shape} ISNULL OR ST_IsEmpty(NEW.{shape}))
        BEGIN DELETE FROM {tree} WHERE id IN (OLD.{key}, NEW.{key}); END""",
    """CREATE TRIGGER "{prefix}_delete" AFTER DELETE ON {table}
        WHEN OLD.{shape} NOT NULL
        BEGIN DELETE FROM {tree} WHERE id = OLD.{key}; END""",
)
RTREE_BOX = (
    "(NEW.{key}, ST_MinX(NEW.{shape}), ST_MaxX(NEW.{shape}), ST_MinY(NEW.{shape}),"
    " ST_MaxY(NEW.{shape}))"
)
